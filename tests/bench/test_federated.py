"""`fedkd bench federated` as users run it; with rivals only where their environments are there already."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from fedkd.bench.environment import RIVALS, cache_folder

pytestmark = pytest.mark.slow

INSTALLED = [name for name, rival in RIVALS.items() if rival.interpreter(cache_folder())]
CODE = "import typer; from fedkd.commands.bench.federated import federated; typer.run(federated)"


def bench(folder, *arguments):
    command = [sys.executable, "-c", CODE, "--sites", "4", "--rounds", "2", "--work", "trivial", "--json", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_ours_alone(tmp_path):
    figures = bench(tmp_path, "--rivals", "none", "--processes", "1")

    (cell,) = figures["cells"]
    assert [arm["name"] for arm in cell["arms"]] == ["fedavg", "fedkdnas"]
    for arm in cell["arms"]:
        (run,) = arm["runs"]
        assert run["peak_bytes"] > 10**8
        assert 0 < run["round_s"] < run["wall_s"]
        assert 0 <= run["accuracy"] <= 1
    assert sum(cell["round_shares_s"].values()) > 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("rival", INSTALLED)
def test_a_rival_reaches_our_accuracy(tmp_path, rival):
    figures = bench(tmp_path, "--rivals", rival, "--no-explain")

    arms = {arm["name"]: arm for arm in figures["cells"][0]["arms"]}
    assert arms[rival]["failure"] is None
    assert arms[rival]["runs"][0]["accuracy"] == pytest.approx(arms["fedavg"]["runs"][0]["accuracy"], abs=0.021)
    assert len(arms[rival]["round_s_times_ours"]) == 2
