"""Triggers of a new search."""

from __future__ import annotations

import pytest

from fedkd.search import Again, BudgetChange
from sim.device import Budget

from .cases import device

LESS, LEAST = Budget(parameters=50), Budget(parameters=10)
CHANGES = Again(changes=(BudgetChange(6, "phone", LEAST), BudgetChange(2, "phone", LESS)))


def test_without_a_trigger_nobody_searches_again():
    assert Again().due(device(), (0.5,) * 50, 50) is None


@pytest.mark.parametrize(
    ("history", "due"),
    [
        ((0.5, 0.4), False),
        ((0.5, 0.4, 0.5), True),
        ((0.5, 0.4, 0.51), False),
        ((0.5, 0.6, 0.4), False),
        ((0.5, 0.6, 0.4, 0.6), True),
    ],
)
def test_a_plateau_is_so_many_rounds_without_a_better_one(history, due):
    assert (Again(plateau=2).due(device(), history, 9) is not None) == due


def test_a_changed_budget_makes_its_devices_search():
    assert CHANGES.due(device("phone"), (), 2) == "the budget of phone changed"
    assert CHANGES.due(device("phone"), (), 3) is None
    assert CHANGES.due(device("board"), (), 2) is None


def test_the_latest_change_counts():
    budgets = [CHANGES.device_after(device("phone"), round_).budget for round_ in (1, 2, 5, 6, 7)]

    assert budgets == [Budget(), LESS, LESS, LEAST, LEAST]
    assert CHANGES.device_after(device("board"), 7) == device("board")


def test_impossible_triggers_are_refused():
    with pytest.raises(ValueError, match="must not be negative"):
        Again(plateau=-1)
    with pytest.raises(ValueError, match="must not be negative"):
        Again(warm_steps=-1)
    with pytest.raises(ValueError, match="not a round"):
        BudgetChange(0, "phone", LESS)
