"""`fedkd bench wire`: real messages, a real aggregator, sites in processes."""

from __future__ import annotations

import json

import numpy as np
from typer.testing import CliRunner

from fedkd.bench.codecs import CODECS, codec_costs, soft_labels
from fedkd.bench.rounds import round_cost
from fedkd.cli import build


def test_sizes_are_those_of_messages():
    costs = {cost.name: cost for cost in codec_costs(200, 10, repeats=1)}

    assert costs.keys() == CODECS.keys()
    # 2,000 numbers of four and of two bytes, and an envelope with its header.
    assert 8000 < costs["float32"].size < 8150
    assert 4000 < costs["float16"].size < 4150
    assert costs["argmax"].size < costs["ranked (default)"].size < costs["soft_label2"].size < costs["top3"].size
    assert all(cost.encode_ms > 0 and cost.decode_ms > 0 for cost in costs.values())


def test_the_table_is_one_of_soft_labels():
    values = soft_labels(50, 4).arrays["values"]

    np.testing.assert_allclose(values.sum(-1), 1, rtol=1e-5)
    assert np.array_equal(values, soft_labels(50, 4).arrays["values"])


def test_rounds_pass_between_processes():
    cost = round_cost(sites=2, rounds=4, samples=30, classes=5)

    assert cost.rounds == 4
    assert 150 < cost.bytes_up < 400
    assert 0 < cost.median_ms <= cost.p99_ms


def test_the_command_prints_both():
    arguments = ["bench", "wire", "--samples", "20", "--sites", "1", "--rounds", "2", "--repeats", "1"]

    plain = CliRunner().invoke(build(), [*arguments, "--json"])
    words = CliRunner().invoke(build(), arguments)

    assert json.loads(plain.stdout)["round"]["rounds"] == 2
    assert "a round of 1 sites" in " ".join(words.stdout.split())
