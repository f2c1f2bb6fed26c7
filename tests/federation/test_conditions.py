"""A federation of four sites under conditions: who is asked, who comes too late, who never comes.

Every site makes 10 MACs a sample at one a microsecond, trains on as many samples as SAMPLES says (30 us each) and
sends 40 bytes: 100 us and a microsecond a byte. What comes down takes 100 us and half a microsecond a byte.
"""

from __future__ import annotations

from collections.abc import Sequence

from fedkd.attacks import Adversary, LabelShift
from fedkd.federation import Buffered, Conditions, Federation, Schedule, Synchronous
from sim.availability import Availability
from sim.network import Network
from sim.streams import Streams

from .cases import (
    LINK,
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

SAMPLES = {"a": 1, "b": 2, "c": 4, "d": 40}
ARRIVES = {"a": 170, "b": 200, "c": 260, "d": 1340}
DOWN = 115


class Patient(Availability):
    """One site never delivers in the first round."""

    def drops_out(self, name: str, round_: int, streams: Streams) -> bool:
        return name == "b" and round_ == 1


def make(schedule: Schedule, availability: Availability | None = None, rounds: int = 3) -> Federation:
    sites = [make_site(name, 10, 1e6) for name in SAMPLES]
    codec = PaddedCodec({**dict.fromkeys(SAMPLES, 40), "server": 30})
    conditions = make_conditions(schedule, availability)
    return Federation(
        sites,
        Client(SAMPLES, asks=()),
        Server(),
        make_exchange(codec),
        Executor(),
        Evaluation(),
        NoReselection(),
        conditions,
        {},
        rounds,
    )


def clocks(federation: Federation) -> dict[str, int]:
    return {site.profile.name: site.ready_us for site in federation.sites}


def sent(rows: Sequence[dict[str, object]]) -> list[object]:
    return [row["up"] for row in rows]


def test_who_is_late_is_left_out_and_goes_on_when_it_is_done():
    federation = make(Synchronous(deadline_us=300))

    report = federation.step()

    assert federation.server.collected == [["a", "b", "c"]]
    assert report.facts == {"missing": ["d"]}
    # The bytes of d were sent all the same.
    assert sent(report.rows) == [40] * 4
    assert clocks(federation) == {**dict.fromkeys("abc", 300 + DOWN), "d": ARRIVES["d"]}


def test_who_is_still_at_work_is_not_asked_again():
    federation = make(Synchronous(deadline_us=400), rounds=6)

    reports = list(federation.run())

    # Rounds are closed at 400, 775, 1150 and 1525: d, done at 1340, is asked for the fifth, and is late again.
    assert [row["up"] for row in (report.rows[3] for report in reports)] == [40, 0, 0, 0, 40, 0]
    assert all(names == ["a", "b", "c"] for names in federation.server.collected)


def test_who_breaks_off_sends_nothing_and_is_waited_for():
    federation = make(Synchronous(deadline_us=2000), Patient(dropout=0.1))

    first = federation.step()
    second = federation.step()

    assert federation.server.collected == [["a", "c", "d"], ["a", "b", "c", "d"]]
    assert (first.facts, second.facts) == ({"missing": ["b"]}, {})
    assert sent(first.rows) == [40, 0, 40, 40]
    # The first round lasts until its deadline, the second until d is done.
    assert clocks(federation)["a"] == 2000 + DOWN + ARRIVES["d"] + DOWN


def test_only_a_part_takes_part_and_all_get_the_last_word():
    federation = make(Synchronous(participation=0.5), rounds=2)

    reports = list(federation.run())

    assert [len(names) for names in federation.server.collected] == [2, 2]
    for names, report in zip(federation.server.collected, reports, strict=True):
        assert [row["up"] for row in report.rows] == [40 if name in names else 0 for name in SAMPLES]
    # Those of the second round are told at the end of the first, and everyone at the end of the last.
    assert [row["down"] for row in reports[0].rows] == [
        30 if name in federation.server.collected[1] else 0 for name in SAMPLES
    ]
    assert [row["down"] for row in reports[1].rows] == [30] * 4


def test_a_buffer_lets_the_fast_go_on():
    federation = make(Buffered(2))

    federation.step()
    after_first = clocks(federation)
    federation.step()
    federation.step()

    # a and b fill the first buffer at 200 and start again at 315: a is back at 485, b at 515, c came at 260.
    assert after_first == {"a": 200 + DOWN, "b": 200 + DOWN, "c": ARRIVES["c"], "d": ARRIVES["d"]}
    assert federation.server.collected == [["a", "b"], ["a", "c"], ["a", "b"]] or federation.server.collected == [
        ["a", "b"],
        ["a", "c"],
        ["b", "c"],
    ]


def test_nobody_is_there_so_the_first_to_come_back_is_asked():
    away = Availability(on_us=1000, off_us=10**9)
    federation = make(Synchronous(), away)

    federation.step()

    (name,) = federation.server.collected[0]
    back = {n: away.next_on_us(n, 0, Streams(0)) for n in SAMPLES}
    assert back[name] == min(back.values()) > 0


def test_what_attackers_say_is_replaced_before_it_is_sent():
    conditions = Conditions(Network(LINK), Synchronous(), Availability(), Adversary(0.5, LabelShift()), Streams(0))
    federation = make(Synchronous())
    federation.conditions = conditions
    federation.attackers = conditions.adversary.attackers(tuple(SAMPLES), Streams(0))

    assert len(federation.attackers) == 2
    federation.step()

    assert federation.server.collected == [list(SAMPLES)]
