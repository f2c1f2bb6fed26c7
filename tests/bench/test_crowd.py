"""`fedkd bench crowd`: many sites, one real aggregator."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from fedkd.cli import build


def test_the_command_prints_pushes_and_fusions():
    arguments = ["bench", "crowd", "--sites", "6", "--samples", "20", "--classes", "3"]

    plain = json.loads(CliRunner().invoke(build(), [*arguments, "--json"]).stdout)
    words = CliRunner().invoke(build(), arguments).stdout

    crowd = plain["crowd"]
    assert crowd["sites"] == 6
    assert 100 < crowd["bytes_up"] < 300
    assert crowd["pushes_per_s"] > 0
    assert 0 < crowd["median_ms"] <= crowd["p99_ms"]
    assert plain["fuse"].keys() == {"mean", "median"}
    assert "6 pushes of 0." in words
    assert "fusing 6 tables of 20 x 3 by the median" in words
