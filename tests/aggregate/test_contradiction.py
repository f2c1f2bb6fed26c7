"""The guard for unlike sites: contradictions by hand, honest minorities, liars of several kinds."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.aggregate import ContradictionFilter, MadFilter, Votes, contradictions
from fedkd.aggregate.contradiction import RECORD

from .cases import votes

CLASSES = 5


def rounds(guard: ContradictionFilter, several: Votes, count: int) -> Votes:
    """The votes after the guard has seen the same for some rounds."""
    memory: dict[str, np.ndarray] = {}
    for _ in range(count):
        after, memory = guard(several, memory)
    return after


def federation(liars: int = 0, shift: int = 1, sites: int = 10) -> np.ndarray:
    """Votes [K, 50, 5]: site k is sure of the classes k and k + 1 modulo 5 and else guesses; liars shift classes."""
    truth = np.arange(50) % CLASSES
    table = np.full((sites, 50, CLASSES), 1 / CLASSES)
    for k in range(sites):
        knows = np.isin(truth, [k % CLASSES, (k + 1) % CLASSES])
        table[k, knows] = 0.02 + 0.9 * np.eye(CLASSES)[truth[knows]]
    if liars:
        table[:liars] = np.roll(table[:liars], shift, axis=-1)
    return table


def test_contradictions_are_distances_to_the_others_where_all_are_sure():
    # Row 0: a and b agree, c contradicts both. Row 1: a alone is sure, so that nobody contradicts it.
    three = votes([[[1, 0], [1, 0]], [[1, 0], [0.5, 0.5]], [[0, 1], [0.5, 0.5]]])
    sure = np.array([[1, 1], [1, 0], [1, 0]], np.float32)

    found = contradictions(three, sure, np.array([1, 1, 0.5]))

    # a: the others say (1, 1/2) / 1.5, a third apart. c: the others say (1, 0), wholly apart.
    np.testing.assert_allclose(found, [1 / 3, 1 / 3, 1], atol=1e-6)


def test_a_consensus_that_is_unsure_contradicts_nobody():
    # For a, the others are b and c, who cancel one another.
    three = votes([[[1, 0]], [[1, 0]], [[0, 1]]])

    assert contradictions(three, np.ones((3, 1), np.float32), np.ones(3))[0] == 0


def test_who_claims_to_know_everything_weighs_no_more_than_others():
    # Four sites are sure of one row of four; e of all four: its certainty is four medians, and 1.5 are allowed.
    values = np.full((5, 4, 2), 0.5)
    for k in range(4):
        values[k, k] = [1, 0]
    values[4] = [1, 0]

    after, _ = ContradictionFilter(limit=1.5)(votes(values), {})

    np.testing.assert_allclose(after.weights, [1, 1, 1, 1, 1.5 / 4], rtol=1e-5)


def test_nobody_is_judged_by_the_first_contribution():
    several = votes(federation(liars=2))
    guard = ContradictionFilter()

    first, memory = guard(several, {})
    second, _ = guard(several, memory)

    assert first.weights.tolist() == [1] * 10
    assert second.weights.tolist() == [0] * 2 + [1] * 8


def test_honest_minorities_stay_where_distances_put_them_aside():
    # Nine sites know every class but the last, one site knows the last class alone and says so with certainty.
    truth = np.arange(50) % CLASSES
    values = np.where((truth < 4)[:, None], np.eye(CLASSES)[truth], 1 / CLASSES)[None].repeat(10, 0)
    values[9] = np.where((truth == 4)[:, None], np.eye(CLASSES)[truth], 1 / CLASSES)
    unlike = votes(values)

    assert MadFilter()(unlike, {})[0].weights[9] == 0
    assert rounds(ContradictionFilter(), unlike, 3).weights.tolist() == [1] * 10


@pytest.mark.parametrize("shift", [1, 2])
def test_liars_who_confirm_one_another_are_put_aside(shift):
    assert rounds(ContradictionFilter(), votes(federation(2, shift)), 3).weights.tolist() == [0] * 2 + [1] * 8


def test_a_liar_about_everything_is_put_aside():
    values = federation()
    values[3] = np.roll(np.eye(CLASSES)[np.arange(50) % CLASSES], 2, axis=-1)

    assert rounds(ContradictionFilter(), votes(values), 2).weights.tolist() == [1, 1, 1, 0, 1, 1, 1, 1, 1, 1]


def test_never_more_than_half_are_put_aside():
    # Everyone is sure and contradicts everyone else.
    enemies = votes(np.eye(6)[:, None].repeat(8, 1))

    assert (rounds(ContradictionFilter(), enemies, 3).weights > 0).sum() >= 3


def test_the_average_over_rounds_forgives():
    guard = ContradictionFilter(decay=0.5)
    lying, honest = votes(federation(liars=1)), votes(federation())
    memory: dict[str, np.ndarray] = {}
    weights = []

    for several in (lying, lying, honest, honest):
        after, memory = guard(several, memory)
        weights.append(float(after.weights[0]))

    # About 0 when it is honest, so s in the second round, s / 2 and s / 4 after: 0.3 is always tolerated.
    contradiction = memory[RECORD + "a"][1] * 4
    assert 0.65 < contradiction < 1
    assert weights == [1, 0, 0, 1]
    assert memory[RECORD + "a"][0] == 4


@pytest.mark.parametrize(
    ("least", "most", "aside"),
    [(0.01, 0.9, [9]), (0.5, 0.9, []), (0.01, 0.2, [8, 9])],
    ids=["twice the median", "least", "most"],
)
def test_the_bound_is_twice_the_median_between_least_and_most(least, most, aside):
    # Certain votes of two classes on forty rows; each site is wrong on rows of its own, most on two or three of them.
    wrong = [2, 2, 2, 2, 3, 3, 3, 3, 5, 13]
    row = np.arange(40)
    several = votes([np.eye(2)[((row - 7 * k) % 40 < count).astype(int)] for k, count in enumerate(wrong)])
    guard = ContradictionFilter(least=least, most=most)

    _, memory = guard(several, {})
    after, memory = guard(several, memory)

    found = np.array([memory[RECORD + sender][1] for sender in several.senders])
    assert found.max() > 2 * np.median(found) > sorted(found)[-2] > 0.2 > sorted(found)[-3]
    assert np.flatnonzero(after.weights == 0).tolist() == aside


def test_a_site_that_says_nothing_keeps_its_record_and_upsets_nobody():
    guard = ContradictionFilter()
    lying = federation(liars=1)
    _, memory = guard(votes(lying), {})
    _, memory = guard(votes(lying), memory)
    valid = np.ones((10, 50), bool)
    valid[0] = False

    after, later = guard(votes(lying, valid=valid), memory)

    np.testing.assert_array_equal(later[RECORD + "a"], memory[RECORD + "a"])
    assert after.weights.tolist() == [0] + [1] * 9


def test_sites_that_come_later_are_new_when_they_come():
    guard = ContradictionFilter()
    nine = votes(federation()[1:])
    renamed = Votes(nine.values, nine.valid, tuple("bcdefghij"), nine.weights, nine.samples)
    _, memory = guard(renamed, {})
    _, memory = guard(renamed, memory)

    after, later = guard(votes(federation(liars=1)), memory)

    assert after.weights.tolist() == [1] * 10
    assert [later[RECORD + name][0] for name in "ab"] == [1, 3]


def test_the_bound_follows_those_that_are_judged():
    # At first honest sites contradict one another: here each is wrong on four rows of its own out of sixteen.
    row = np.arange(16)
    several = votes([np.eye(2)[((row - 3 * k) % 16 < 4).astype(int)] for k in range(5)])
    guard = ContradictionFilter(least=0.02, most=0.9)
    _, memory = guard(several, {})
    eleven = Votes(
        np.concatenate([several.values, np.repeat(several.values[:1], 6, 0)]),
        np.ones((11, 16), bool),
        tuple("abcdefghijk"),
        np.ones(11, np.float32),
        np.ones(11, np.float32),
    )

    after, memory = guard(eleven, memory)

    # Six newcomers with no contradiction on record would make the median 0 and the bound `least`.
    assert min(memory[RECORD + name][1] for name in "abcde") > 0.02
    assert after.weights.tolist() == [1] * 11


def test_where_most_are_wholly_unsure_somebody_sure_may_still_speak():
    values = np.full((5, 4, 2), 0.5)
    values[0, 0] = [1, 0]

    after, _ = ContradictionFilter()(votes(values), {})

    assert after.weights[0] > 0


@pytest.mark.parametrize("sites", [2, 3])
def test_fewer_than_four_sites_are_never_filtered(sites):
    few = votes(np.eye(3)[:sites, None])

    assert rounds(ContradictionFilter(), few, 3).weights.tolist() == [1] * sites


@pytest.mark.parametrize(
    ("setting", "value"), [("least", 0), ("least", 0.7), ("most", 1), ("limit", 0.9), ("decay", 1), ("decay", -0.1)]
)
def test_impossible_settings_are_refused(setting, value):
    with pytest.raises(ValueError, match=f"{setting}="):
        ContradictionFilter(**{setting: value})
