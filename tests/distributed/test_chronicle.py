"""What an aggregator wrote down becomes the reports that a simulation would give: by hand."""

from __future__ import annotations

import json

import pytest

from fedkd.distributed.chronicle import Chronicle
from fedkd.errors import DamagedRunError

A, B = "site-00", "site-01"
SPECS = {A: '{"family": "mlp"}', B: '{"family": "cnn"}'}
NAMES = {A: "mlp-8", B: "cnn-4"}


def said(value: float, **more: float) -> dict[str, float]:
    """Figures of a site: of its network before the round, then of the training."""
    return {"global_accuracy": value, "own_validation_accuracy": value / 2, **more}


def round_(number: int, figures: dict[str, object], down: dict[str, int], **facts) -> dict[str, object]:
    up = {site: 100 * number + int(site[-1]) for site in figures}
    students = {SPECS[A]: number / 10}
    return {
        "event": "round",
        "round": number,
        "bytes_up": up,
        "bytes_down": down,
        "figures": figures,
        "students": students,
        "server_cpu_s": float(number),
        "missing": [],
        **facts,
    }


def left(site: str, value: float, down: int) -> dict[str, object]:
    return {"event": "left", "site": site, "figures": said(value), "bytes_down": down}


def trained(value: float, accuracy: float, seconds: float, **more: float) -> dict[str, float]:
    return said(value, trained_accuracy=accuracy, train_cpu_s=seconds, **more)


ONE = round_(1, {A: trained(0.1, 0.15, 1.0, search_cpu_s=4.0), B: trained(0.2, 0.25, 2.0)}, {A: 11, B: 12}, extra=7)
TWO = round_(2, {A: trained(0.3, 0.35, 3.0)}, {A: 21, B: 22}, missing=[B])
THREE = round_(3, {A: trained(0.5, 0.55, 5.0), B: trained(0.6, 0.65, 6.0)}, {A: 31, B: 32})
BYE = left(A, 0.7, 41), left(B, 0.8, 42)


def line(event: object) -> bytes:
    return json.dumps(event).encode() + b"\n"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.jsonl"


@pytest.fixture
def write(path):
    def append(*events) -> None:
        with path.open("ab") as file:
            for event in events:
                file.write(event if isinstance(event, bytes) else line(event))

    return append


@pytest.fixture
def chronicle(path):
    return Chronicle(path, (A, B))


def known(chronicle: Chronicle) -> list[int]:
    chronicle.read()
    return [number for number in (1, 2, 3) if chronicle.known(number, last=number == 3)]


def reported(chronicle: Chronicle, number: int):
    return chronicle.report(number, SPECS, NAMES)


def test_a_round_is_known_when_the_next_is_closed(chronicle, write):
    assert known(chronicle) == []
    write(ONE)
    assert known(chronicle) == []
    write(TWO)
    assert known(chronicle) == [1]
    write(THREE)
    assert known(chronicle) == [1, 2]
    write(BYE[0])
    assert known(chronicle) == [1, 2]
    write(BYE[1])
    assert known(chronicle) == [1, 2, 3]


def test_the_first_round_by_hand(chronicle, write):
    write(ONE, TWO, THREE, *BYE)
    chronicle.read()

    report = reported(chronicle, 1)

    a, b = report.rows
    # What its network is worth after round 1, a site says in round 2. Sent down in round 1: before it, and after it.
    assert a == {
        "round": 1,
        "site": A,
        "network": "mlp-8",
        "global_accuracy": 0.3,
        "trained_accuracy": 0.15,
        "validation_accuracy": None,
        "own_validation_accuracy": 0.15,
        "student_accuracy": 0.1,
        "bytes_up": 100,
        "bytes_down": 11 + 21,
        "virtual_time_us": 0,
    }
    # It said nothing in round 2; and the server has no network of its kind.
    assert (b["global_accuracy"], b["own_validation_accuracy"], b["trained_accuracy"]) == (None, None, 0.25)
    assert (b["student_accuracy"], b["bytes_up"], b["bytes_down"]) == (None, 101, 12 + 22)
    assert (report.round_, report.train_cpu_s, report.server_cpu_s, report.search_cpu_s) == (1, 3.0, 1.0, 4.0)
    assert report.facts == {"extra": 7}


def test_a_round_in_which_a_site_is_missing(chronicle, write):
    write(ONE, TWO, THREE, *BYE)
    chronicle.read()

    report = reported(chronicle, 2)

    a, b = report.rows
    assert (a["global_accuracy"], b["global_accuracy"]) == (0.5, 0.6)
    assert (a["trained_accuracy"], b["trained_accuracy"]) == (0.35, None)
    assert (a["bytes_up"], b["bytes_up"]) == (200, 0)
    assert (a["bytes_down"], b["bytes_down"]) == (31, 32)
    assert report.facts == {"missing": [B]}
    assert (report.train_cpu_s, report.search_cpu_s) == (3.0, 0.0)


def test_the_last_round_ends_with_goodbyes(chronicle, write):
    write(ONE, TWO, THREE, *BYE)
    chronicle.read()

    a, b = reported(chronicle, 3).rows

    assert (a["global_accuracy"], b["global_accuracy"]) == (0.7, 0.8)
    assert (a["bytes_down"], b["bytes_down"]) == (41, 42)


def test_who_did_not_say_goodbye_is_left_empty(chronicle, write):
    write(ONE, TWO, THREE, BYE[1])
    chronicle.read()

    a, b = reported(chronicle, 3).rows

    assert not chronicle.known(3, last=True)
    assert (a["global_accuracy"], a["own_validation_accuracy"], a["bytes_down"]) == (None, None, 0)
    assert (a["trained_accuracy"], b["global_accuracy"]) == (0.55, 0.8)


def test_what_is_said_again_counts_once_and_the_last_time(chronicle, write):
    again = {**TWO, "bytes_down": {A: 77, B: 78}}
    write(ONE, TWO, again, THREE, BYE[0], left(A, 0.9, 43), BYE[1])
    chronicle.read()

    assert [row["bytes_down"] for row in reported(chronicle, 1).rows] == [11 + 77, 12 + 78]
    assert [row["global_accuracy"] for row in reported(chronicle, 3).rows] == [0.9, 0.8]


def test_a_line_that_is_being_written_is_read_when_it_is_whole(chronicle, write):
    whole = line(TWO)
    write(ONE, whole[:20])
    assert known(chronicle) == []
    write(whole[20:-1])
    assert known(chronicle) == []
    write(whole[-1:])
    assert known(chronicle) == [1]


def test_every_cut_of_the_events_gives_the_same_in_the_end(path, write):
    events = b"".join(map(line, (ONE, TWO, THREE, *BYE)))

    for place in range(0, len(events), 13):
        path.write_bytes(events[:place])
        chronicle = Chronicle(path, (A, B))
        chronicle.read()
        write(events[place:])
        assert known(chronicle) == [1, 2, 3]
        assert reported(chronicle, 3).rows[1]["bytes_down"] == 42


def test_other_events_are_passed_over(chronicle, write):
    write({"event": "joined", "site": A}, ONE, {"event": "fenced"}, TWO)

    assert known(chronicle) == [1]


@pytest.mark.parametrize("wrong", [b"{\n", b"3\n", b"[]\n", b"{}\n", b'{"event": "round"}\n', b'{"event": "left"}\n'])
def test_a_line_that_cannot_be_read_is_named(wrong, chronicle, write, path):
    write(ONE, wrong)

    with pytest.raises(DamagedRunError, match=f"'{path}' cannot be read"):
        chronicle.read()
