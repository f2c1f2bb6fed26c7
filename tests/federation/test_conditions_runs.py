"""Whole tiny federations under conditions: they run, they repeat, they resume bit for bit."""

from __future__ import annotations

import pytest

from fedkd.errors import OutOfRangeError
from fedkd.federation import restore, snapshot
from tests.federation.cases import make_federation
from tests.tiny import play, tiny

CONDITIONS = {
    "half": ("schedule=half",),
    "deadline": ("schedule=deadline", "schedule.deadline_us=60000", "network=lossy"),
    "dropouts": ("schedule=deadline", "availability=dropouts", "availability.dropout=0.5"),
    "sessions": ("availability=sessions", "availability.on_us=100000", "availability.off_us=100000"),
    "buffered": ("schedule=buffered", "schedule.size=2", "network=mobile"),
    "shared": ("network=shared",),
    "liars": ("attack=label_shift", "attack.share=0.25"),
}


def rows_of(federation, rounds):
    return [federation.step().rows for _ in range(rounds)]


@pytest.mark.parametrize("method", ["fedkdnas", "fedavg_int8", "scarlet", "ditto", "fd"])
@pytest.mark.parametrize("name", ["half", "buffered", "dropouts"])
def test_a_restored_federation_goes_on_as_if_nothing_had_happened(method, name):
    scenario = tiny(method, *CONDITIONS[name], "federation.rounds=4")
    whole, first, second = (make_federation(scenario) for _ in range(3))

    expected = rows_of(whole, 4)
    rows_of(first, 2)
    restore(second, snapshot(first), 2)

    assert rows_of(second, 2) == expected[2:]


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_run_ends_with_finite_figures(name, tmp_path):
    run = play(tiny("fedkdnas", *CONDITIONS[name]), tmp_path / "run")

    assert 0 <= run.summary["global_accuracy"]["mean"] <= 1
    assert run.summary["virtual_time_s"] > 0
    assert ("honest_accuracy" in run.summary) == (name == "liars")


def test_half_of_the_sites_send_half_of_the_bytes(tmp_path):
    all_, half = (
        play(tiny("fedmd", *c, "federation.rounds=2"), tmp_path / str(len(c))) for c in ((), CONDITIONS["half"])
    )

    assert half.summary["bytes_up"] == pytest.approx(all_.summary["bytes_up"] / 2, rel=0.01)


def test_whoever_missed_a_hand_down_gets_one_when_it_is_back(tmp_path):
    run = play(tiny("fedkdnas", "schedule=half", "federation.rounds=6", "method.hand_down.every=2"), tmp_path / "run")

    handed = {(m.site, m.round) for m in run.messages if not m.up and m.kind == "weights"}
    asked = {(m.site, m.round - 1) for m in run.messages if m.up and m.round > 1}
    # Weights go to those who are asked next, once for each hand-down that is due to them.
    assert all(pair in asked or pair[1] == 6 for pair in handed)
    assert any(round_ in (3, 5) for _, round_ in handed)


def test_nobody_can_be_waited_for_without_end():
    with pytest.raises(OutOfRangeError, match="does not wait for ever"):
        tiny("fedkdnas", "availability=dropouts")
