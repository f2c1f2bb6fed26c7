"""Ours and rivals run in turn, and ratios are taken between neighbours."""

from __future__ import annotations

from pathlib import Path

import pytest

from fedkd.bench.breakdown import Share
from fedkd.bench.comparison import Plan
from fedkd.bench.promises import verdicts
from fedkd.bench.runs import ArmRuns, Cell
from fedkd.bench.table import plain
from fedkd.bench.watch import Watched
from fedkd.bench.workload import training, trivial

PYTHON = {"flower": Path("python-a"), "blazefl": Path("python-b")}


def run(start_s, round_s, peak_bytes=10**9):
    """Three rounds after a start, one second at the end."""
    ends = (start_s + round_s, start_s + 2 * round_s, start_s + 3 * round_s)
    return Watched(ends, ends[-1] + 1, peak_bytes, 0.0, (("accuracy", "0.9"),))


def cell(workload, ours_s, flower_s, peak_bytes=10**9, shares=()):
    ours = ArmRuns("fedavg", (0, 2), (run(2, ours_s, peak_bytes), run(2, ours_s, peak_bytes)))
    return Cell(workload, (ours, ArmRuns("flower", (1,), (run(10, flower_s),))), shares)


def test_ours_runs_around_every_rival():
    assert Plan(PYTHON, 2).turns == ("fedavg", "flower", "fedavg", "blazefl", "fedavg", "fedkdnas")
    assert Plan({}, 2).turns == ("fedavg", "fedkdnas")
    assert Plan({"flower": Path("p")}, 2, repeats=2).turns.count("flower") == 2


@pytest.mark.parametrize(("processes", "repeats"), [(0, 1), (1, 0)])
def test_plans_need_somebody_who_works(processes, repeats):
    with pytest.raises(ValueError, match=f"processes={processes} and repeats={repeats}"):
        Plan({}, processes, repeats)


def test_a_ratio_is_taken_with_the_runs_before_and_after():
    # Rounds of ours last 1, 2 and 4 s, one of the rival, between the first two, 8 s.
    ours = ArmRuns("fedavg", (0, 2, 4), (run(0, 1.0), run(0, 2.0), run(0, 4.0)))
    theirs = ArmRuns("flower", (1,), (run(0, 8.0),))

    ratios = Cell(training(10, 3), (ours, theirs)).ratios("flower", lambda r: r.round_s)

    assert sorted(ratios) == [4.0, 8.0]


def test_a_rival_that_did_not_run_has_no_ratios():
    assert Cell(training(10, 3), (ArmRuns("fedavg", (0,), (run(0, 1.0),)),)).ratios("flower", lambda r: r.round_s) == ()


def test_promises_are_held_against_what_was_measured():
    cells = [
        # 3 x 1 + 2 + 1 = 6 s against 3 x 5 + 10 + 1 = 26 s: 4.3 times.
        cell(training(100, 3), 1.0, 5.0),
        # 0.5 s against 5 s: ten times, and 5 ms a site.
        cell(trivial(100, 3), 0.5, 5.0, shares=(Share("messages", 3.0), Share("training", 1.0))),
        # 4 s against 100 s: 25 times, and 4 ms a site.
        cell(trivial(1000, 3), 4.0, 100.0, peak_bytes=5 * 10**9),
    ]

    found = {verdict.promise: verdict for verdict in verdicts(cells)}

    assert [verdict.holds for verdict in found.values()] == [True, False, True, False, True]
    whole, steady, *_, memory, growth = found.values()
    assert whole.measured.startswith("4.3 times")
    assert steady.measured.startswith("10.0 times")
    assert steady.why == "a round of ours is 75% messages, 25% training"
    assert memory.measured == "5.00 GB"
    assert growth.measured == "4.00 ms against 5.00 ms"


def test_nothing_is_claimed_without_measurements():
    assert verdicts([cell(training(10, 3), 1.0, 5.0)]) == []
    assert verdicts([Cell(trivial(100, 3), (ArmRuns("fedavg", (0,), (run(0, 1.0),)),))]) == []


def test_figures_for_programs():
    figures = plain([cell(trivial(100, 3), 0.5, 5.0)], [], ["blazefl is left out"])

    ours, theirs = figures["cells"][0]["arms"]
    assert ours["runs"][0]["updates_per_s"] == 200
    assert ours["runs"][0]["start_up_s"] == 2
    assert theirs["round_s_times_ours"] == (10.0, 10.0)
    assert theirs["runs"][0]["updates_per_s_in_all"] == pytest.approx(300 / 26)
    assert figures["notes"] == ["blazefl is left out"]
