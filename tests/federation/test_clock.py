"""Virtual time and bytes of a federation of two sites, by hand.

Site a makes 10 MACs a sample at one a microsecond and trains on 5 samples; b makes 20 at two a microsecond and
trains on 9. Both then answer 7 public samples. A message takes 100 us, and a microsecond a byte up, half of that
down.
"""

from __future__ import annotations

import pytest

from fedkd.federation import Federation

from .cases import (
    Client,
    Evaluation,
    Executor,
    NoReselection,
    PaddedCodec,
    Server,
    make_conditions,
    make_exchange,
    make_site,
)

SIZES = {"a": 40, "b": 60, "server": 30}
# a: 3 x 10 x 5 + 10 x 7 = 220 us, then 140 us up. b: (3 x 20 x 9 + 20 x 7) / 2 = 340 us, then 160 us up.
ARRIVES_A, ARRIVES_B = 360, 500
DOWN = 115


def make(
    first: int = 1,
    messages: int = 1,
    ready: tuple[int, int] = (0, 0),
    rounds: int = 2,
    asks: tuple[str, ...] = ("public",),
) -> Federation:
    sites = [make_site("a", 10, 1e6, ready[0]), make_site("b", 20, 2e6, ready[1])]
    return Federation(
        sites,
        Client({"a": 5, "b": 9}, messages, asks),
        Server(first),
        make_exchange(PaddedCodec(SIZES)),
        Executor(),
        Evaluation(),
        NoReselection(),
        make_conditions(),
        {"public": 7},
        rounds,
    )


def clocks(federation: Federation) -> list[int]:
    return [site.ready_us for site in federation.sites]


def test_a_round_is_as_long_as_its_slowest_site():
    federation = make()

    first = federation.step()
    after_first = clocks(federation)
    federation.step()

    assert after_first == [ARRIVES_B + DOWN] * 2
    assert clocks(federation) == [2 * (ARRIVES_B + DOWN)] * 2
    assert [(row["up"], row["down"]) for row in first.rows] == [(40, 30), (60, 30)]


def test_several_messages_travel_as_one_stream():
    federation = make(messages=3)

    report = federation.step()

    # b: 100 us of latency and 180 bytes.
    assert clocks(federation) == [340 + 280 + DOWN] * 2
    assert [row["up"] for row in report.rows] == [120, 180]


def test_what_is_sent_before_the_first_round_counts_in_it():
    federation = make(first=0)

    report = federation.step()

    assert clocks(federation) == [DOWN + ARRIVES_B + DOWN] * 2
    assert [row["down"] for row in report.rows] == [60, 60]
    assert [row["down"] for row in federation.step().rows] == [30, 30]


def test_a_silent_server_costs_no_time():
    federation = make(first=9)

    report = federation.step()

    assert clocks(federation) == [ARRIVES_B] * 2
    assert [row["down"] for row in report.rows] == [0, 0]


@pytest.mark.parametrize("first", [0, 1])
def test_a_site_starts_when_it_has_its_network(first):
    federation = make(first=first, ready=(1000, 0))

    federation.step()

    assert clocks(federation) == [1000 + (DOWN if first == 0 else 0) + ARRIVES_A + DOWN] * 2


def test_a_site_that_need_not_answer_saves_that_time():
    federation = make(asks=())

    federation.step()

    # b: 3 x 20 x 9 / 2 = 270 us.
    assert clocks(federation) == [270 + 160 + DOWN] * 2


def test_everyone_is_collected_in_order_and_every_round_is_run():
    federation = make(rounds=3)

    reports = list(federation.run())

    assert [report.round_ for report in reports] == [1, 2, 3]
    assert federation.server.collected == [["a", "b"]] * 3
    assert federation.done == 3
    assert [report.train_cpu_s for report in reports] == [0.5] * 3
    assert list(federation.run()) == []
