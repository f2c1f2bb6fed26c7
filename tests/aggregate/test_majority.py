"""Hard votes: three rows by hand."""

from __future__ import annotations

from fedkd.aggregate import Majority

from .cases import votes

SURE, LEANING, OTHER = [0.9, 0.1, 0], [0.4, 0.3, 0.3], [0, 1, 0]


def test_most_sites_win_however_sure_the_others_are():
    assert Majority()(votes([[LEANING], [LEANING], [OTHER]])).tolist() == [[1, 0, 0]]


def test_the_weights_of_sites_count():
    assert Majority()(votes([[LEANING], [LEANING], [OTHER]], weights=[1, 1, 2.5])).tolist() == [[0, 1, 0]]


def test_of_equally_many_votes_the_larger_mean_wins_and_then_the_first_class():
    # One vote each; means 0.2 and 0.65 for the first two classes.
    assert Majority()(votes([[LEANING], [OTHER]])).tolist() == [[0, 1, 0]]
    assert Majority()(votes([[[0, 0, 1]], [OTHER]])).tolist() == [[0, 1, 0]]


def test_a_class_without_votes_cannot_win_by_its_mean():
    # Class 1 has the largest mean, 0.4, and nobody's vote.
    split = [[0.55, 0.45, 0]], [[0.05, 0.45, 0.5]], [[0.6, 0.3, 0.1]]

    assert Majority()(votes(split)).tolist() == [[1, 0, 0]]


def test_three_weights_of_a_tenth_tie_with_one_of_three_tenths():
    # Sums of tenths differ in the last bit; the tie is still one, and the mean decides.
    tied = votes([[SURE], [SURE], [SURE], [OTHER]], weights=[0.1, 0.1, 0.1, 0.3])

    assert Majority()(tied).tolist() == [[0, 1, 0]]


def test_logits_vote_too():
    assert Majority()(votes([[[-3, -1, -2]]])).tolist() == [[0, 1, 0]]
