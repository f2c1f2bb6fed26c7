"""`fedkd bench stream`: one large message, a real aggregator, and a bare stream beside it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from fedkd.bench.bare import BareClient, BareStream
from fedkd.bench.stream import stream_cost
from fedkd.cli import build


def test_a_bare_stream_counts_bytes():
    with BareStream(None) as server, BareClient(server.port, None) as client:
        assert client.push(iter([b"abc", b"", b"d" * 300_000])) == 300_003
        assert client.push(iter([])) == 0


def test_memory_grows_by_little_more_than_the_numbers():
    cost = stream_cost(4e7, tls=True, repeats=2)

    assert cost.tensor == 40_000_000
    assert cost.tensor < cost.size < cost.tensor + 200
    assert min(cost.bare_s, cost.encode_s, cost.push_s, cost.keep_s) > 0
    assert cost.share == pytest.approx(cost.bare_s / cost.push_s)
    # The numbers lie in memory once, where they arrived.
    assert cost.peak < cost.tensor + 64e6


def test_the_command_prints_both_connections():
    plain = CliRunner().invoke(build(), ["bench", "stream", "--size", "4e6", "--repeats", "1", "--json"])

    costs = json.loads(plain.stdout)
    assert [cost["tls"] for cost in costs] == [False, True]
    assert all(cost["tensor"] == 4_000_000 and cost["share"] > 0 for cost in costs)
