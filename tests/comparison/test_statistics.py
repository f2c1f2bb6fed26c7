"""Means, standard errors and paired differences, by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedkd.comparison.statistics import estimate, paired


def test_the_standard_error_divides_by_n_minus_one_and_by_n():
    # Deviations -0.1 and 0.1: s = sqrt(0.02 / 1), s / sqrt(2) = 0.1.
    two = estimate([0.5, 0.7])

    assert two is not None
    assert (two.mean, two.error, two.seeds) == (pytest.approx(0.6), pytest.approx(0.1), 2)


def test_one_seed_has_no_error_and_nothing_no_mean():
    one = estimate([0.5])

    assert one is not None
    assert (one.mean, one.error, one.seeds) == (0.5, None, 1)
    assert estimate([]) is None


def test_differences_are_taken_within_seeds_that_both_have():
    values, reference = {0: 0.6, 1: 0.8, 3: 0.1}, {1: 0.7, 0: 0.4, 2: 0.9}

    difference = paired(values, reference)

    # 0.2 and 0.1: mean 0.15, s = sqrt(2 x 0.05^2), error 0.05.
    assert difference is not None
    assert (difference.mean, difference.error) == (pytest.approx(0.15), pytest.approx(0.05))
    assert difference.seeds == 2
    assert paired({0: 1.0}, {1: 1.0}) is None


@given(st.lists(st.floats(0, 1), min_size=2, max_size=9), st.floats(-1, 1))
def test_what_all_seeds_share_cancels(values, shift):
    by_seed = dict(enumerate(values))

    difference = paired({seed: value + shift for seed, value in by_seed.items()}, by_seed)

    assert difference is not None
    assert difference.mean == pytest.approx(shift, abs=1e-9)
    assert math.isclose(difference.error or 0.0, 0.0, abs_tol=1e-9)
