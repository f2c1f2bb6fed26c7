"""Votes by class counts, and prior correction: by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.aggregate import CountVote, PriorCorrected
from fedkd.errors import ConfigError

from .cases import votes


def test_each_class_is_weighted_by_who_has_seen_it():
    # Class 0: (3 * 0.8 + 1 * 0.4) / 4 = 0.7. Class 1: only b has it, 0.6. Sum 1.3.
    two = votes([[[0.8, 0.2]], [[0.4, 0.6]]], counts=[[3, 0], [1, 5]])

    np.testing.assert_allclose(CountVote()(two), [[0.7 / 1.3, 0.6 / 1.3]], rtol=1e-6)


def test_counts_are_those_of_the_voters_on_the_sample():
    some = votes([[[0.8, 0.2]], [[0.4, 0.6]], [[0, 1]]], [[True], [True], [False]], counts=[[3, 0], [1, 5], [9, 9]])

    np.testing.assert_allclose(CountVote()(some), [[0.7 / 1.3, 0.6 / 1.3]], rtol=1e-6)


def test_where_no_voter_has_seen_what_it_votes_for_the_mean_decides():
    strangers = votes([[[0, 1]], [[0.0, 1.0]]], counts=[[3, 0], [1, 0]])

    np.testing.assert_allclose(CountVote()(strangers), [[0, 1]])


def test_the_prior_is_divided_out_before_the_vote():
    # One site that saw class 0 three times as often, smoothed by a half: priors 3.5/5 and 1.5/5.
    one = votes([[[0.7, 0.3]]], counts=[[3, 1]])

    np.testing.assert_allclose(PriorCorrected(smoothing=0.5)(one), [[0.5, 0.5]], rtol=1e-5)


def test_a_site_abstains_on_classes_that_it_never_saw():
    # a saw class 0 alone (priors 11/12, 1/12): 0.9 against 0.1 is 0.45 against 0.55 once corrected; b likewise for 1,
    # and surely. Class 0 counts by a alone, class 1 by b alone: 9/20 against 1.
    two = votes([[[0.9, 0.1]], [[0, 1]]], counts=[[10, 0], [0, 10]])

    a = (0.9 * 12 / 11) / (0.9 * 12 / 11 + 0.1 * 12)
    np.testing.assert_allclose(PriorCorrected(smoothing=1)(two), [[a / (a + 1), 1 / (a + 1)]], rtol=1e-4)


@pytest.mark.parametrize("fusion", [CountVote(), PriorCorrected()], ids=repr)
def test_without_counts_the_error_says_who_shares_them(fusion):
    with pytest.raises(ConfigError, match=r"method\.shares_histogram=true") as caught:
        fusion(votes([[[1, 0]]]))
    assert type(fusion).__name__ in str(caught.value)


def test_smoothing_must_be_positive():
    with pytest.raises(ValueError, match="smoothing=0"):
        PriorCorrected(smoothing=0)
