"""Lining contributions up by row, and their weighted mean."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.aggregate import Entropy, Fusion, Guard, MadFilter, Mean, gather, weighted_mean

from .cases import knowledge, votes

ROWS = np.array([30, 10, 20], np.int64)


def test_contributions_line_up_by_row_id():
    first = knowledge([[1, 1], [2, 2], [3, 3]], [10, 20, 30], "a")
    second = knowledge([[6, 6], [4, 4]], [30, 10], "b")

    aligned = gather([first, second], ROWS)

    assert aligned.senders == ("a", "b")
    np.testing.assert_array_equal(aligned.values[0], [[3, 3], [1, 1], [2, 2]])
    np.testing.assert_array_equal(aligned.values[1], [[6, 6], [4, 4], [0, 0]])
    np.testing.assert_array_equal(aligned.valid, [[True, True, True], [True, True, False]])
    assert aligned.weights.tolist() == [1, 1]
    assert len(aligned) == 2


def test_a_contribution_without_rows_is_no_vote():
    aligned = gather([knowledge([[1, 1]], [10]), knowledge(np.zeros((0, 2)), [], "b")], ROWS)

    assert aligned.valid.sum(1).tolist() == [1, 0]


def test_private_samples_travel_with_the_votes():
    contributions = [knowledge([[1, 1]], [10], name) for name in "ab"]

    assert gather(contributions, ROWS, {"a": 3, "b": 7}).samples.tolist() == [3, 7]
    assert gather(contributions, ROWS).samples.tolist() == [1, 1]


def test_other_weights_leave_everything_else():
    before = votes([[[1, 2]], [[3, 4]]], samples=[5, 6])

    after = before.reweighted(np.array([0, 2]))

    assert after.weights.tolist() == [0, 2]
    assert before.weights.tolist() == [1, 1]
    assert after.values is before.values
    assert after.samples.tolist() == [5, 6]


def test_the_weighted_mean_counts_site_weight_times_row_weight_over_valid_votes():
    # Row 0: (1*1*0 + 2*3*7) / (1 + 6) = 6. Row 1: the second vote is not valid.
    several = votes([[[0], [4]], [[7], [99]]], valid=[[True, True], [True, False]], weights=[1, 2])

    mean = weighted_mean(several, np.array([[1, 1], [3, 3]], np.float32))

    np.testing.assert_allclose(mean, [[6], [4]])
    assert mean.dtype == np.float32


def test_a_row_without_weight_is_the_plain_mean_of_its_valid_votes():
    several = votes([[[2], [2]], [[4], [4]], [[90], [90]]], valid=[[True] * 2, [True] * 2, [False] * 2])

    mean = weighted_mean(several, np.array([[0, 1], [0, 0], [5, 0]], np.float32))

    np.testing.assert_allclose(mean, [[3], [2]])


def test_a_row_without_any_vote_is_zero():
    nobody = votes([[[5]], [[7]]], valid=[[False], [False]])

    assert weighted_mean(nobody, np.ones((2, 1), np.float32)).tolist() == [[0]]


@pytest.mark.parametrize("fusion", [Mean(), Mean(by_samples=True), Entropy(), Entropy(power=0)], ids=repr)
def test_one_site_alone_is_its_own_ensemble(fusion):
    alone = votes([[[0.9, 0.1], [0.5, 0.5], [0, 1]]])

    assert isinstance(fusion, Fusion)
    np.testing.assert_allclose(fusion(alone), alone.values[0], rtol=1e-6)


def test_one_site_alone_is_never_put_aside():
    alone = votes([[[0.9, 0.1], [0.5, 0.5]]])

    assert isinstance(MadFilter(), Guard)
    assert MadFilter()(alone).weights.tolist() == [1]
