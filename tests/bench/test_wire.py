"""`fedkd bench wire`: real messages, a real aggregator, sites in processes."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from concurrent.futures import Future

import numpy as np
from typer.testing import CliRunner

from fedkd.bench.codecs import CODECS, codec_costs, soft_labels
from fedkd.bench.rounds import Played, round_cost, serve_rounds, summary
from fedkd.cli import build
from fedkd.errors import OutOfRangeError


def test_sizes_are_those_of_messages():
    costs = {cost.name: cost for cost in codec_costs(200, 10, repeats=1)}

    assert costs.keys() == CODECS.keys()
    # 2,000 numbers of four and of two bytes, and an envelope with its header.
    assert 8000 < costs["float32"].size < 8150
    assert 4000 < costs["float16"].size < 4150
    assert costs["argmax"].size < costs["ranked (default)"].size < costs["soft_label2"].size < costs["top3"].size
    assert all(min(cost.encode_ms, cost.decode_ms, cost.transfer_ms) > 0 for cost in costs.values())


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


def test_the_ends_may_be_commands_of_their_own():
    rounds, ready = 3, Future()
    ends = ("127.0.0.1:0", 2, rounds, 30, 5, ready.set_result)
    serving = threading.Thread(target=serve_rounds, args=ends, daemon=True)
    serving.start()
    address = f"127.0.0.1:{ready.result(60)}"
    same = ["bench", "wire", "--samples", "30", "--classes", "5", "--rounds", f"{rounds}", "--dial", address]
    command = [sys.executable, "-m", "fedkd.cli", *same, "--site", "1"]
    other = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    printed = CliRunner().invoke(build(), [*same, "--site", "0"])

    assert printed.exit_code == 0, printed.exception
    theirs, _ = other.communicate(timeout=60)
    # It ends when all have left.
    serving.join(60)
    assert not serving.is_alive()
    played = [Played(**json.loads(text)) for text in (printed.stdout, theirs)]
    cost = summary(played)
    assert (cost.rounds, cost.bytes_up) == (rounds, played[0].bytes_up)
    # Of the same rounds, on one clock.
    assert all(begin < end for one in played for begin, end in one.spans)
    assert all(a[0] < b[1] and b[0] < a[1] for a, b in zip(played[0].spans, played[1].spans, strict=True))


def test_the_ends_need_an_address_and_a_number():
    for wrong in (["--site", "0"], ["--dial", "a:1"], ["--serve", "a:1", "--dial", "b:1", "--site", "0"]):
        outcome = CliRunner().invoke(build(), ["bench", "wire", *wrong])
        assert isinstance(outcome.exception, OutOfRangeError)
