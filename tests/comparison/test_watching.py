"""What a person sees: bars on a terminal, lines in a log."""

import io

import pytest
from rich.console import Console

from fedkd.comparison import State
from fedkd.comparison.plan import Trial
from fedkd.comparison.remaining import UnderWay
from fedkd.comparison.watching import Live, time_left

FIRST, SECOND = (Trial("iid", "fedavg", seed, ()) for seed in (0, 1))
STATES = (
    State(0, 2, (UnderWay(FIRST, 1.0, 0, 0, 7),), None, None),
    State(0, 2, (UnderWay(FIRST, 9.0, 3, 0, 7),), None, 100.0),
    State(1, 2, (UnderWay(SECOND, 0.0, 0, 0, 7),), FIRST, 60.0),
    State(2, 2, (), SECOND, 0.0),
)


def test_a_log_gets_a_line_for_each_run_that_ends():
    text = io.StringIO()
    with Live(Console(file=text, width=100)) as live:
        for state in STATES:
            live.told(state)

    assert text.getvalue().strip().splitlines() == [
        "1 of 2: iid/fedavg/seed-0, about 60 s left",
        "2 of 2: iid/fedavg/seed-1",
    ]


def test_a_terminal_shows_all_runs_and_those_under_way():
    live = Live(Console(file=io.StringIO(), width=100, force_terminal=True))
    shown = []
    for state in STATES:
        live.told(state)
        shown.append([(t.description, t.completed, t.total, t.fields["note"]) for t in live.progress.tasks])

    assert shown == [
        [("runs", 0, 2, ""), ("iid/fedavg/seed-0", 0, 7, "starting")],
        [("runs", 0, 2, "about 2 min left"), ("iid/fedavg/seed-0", 3, 7, "rounds")],
        [("runs", 1, 2, "about 60 s left"), ("iid/fedavg/seed-1", 0, 7, "starting")],
        [("runs", 2, 2, "")],
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "about 10 s"), (44, "about 40 s"), (95, "about 2 min"), (3600, "about 60 min"), (9000, "about 2.5 h")],
)
def test_time_left_is_told_no_finer_than_anybody_can_know_it(seconds, words):
    assert time_left(seconds) == words
