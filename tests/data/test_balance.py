"""The balanced test set."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedkd.data.balance import cut_test, equal_quotas
from fedkd.data.build import Labelled, build_corpus
from fedkd.errors import EmptyClassError, NotEnoughSamplesError, OutOfRangeError


@pytest.mark.parametrize(
    ("available", "size", "quotas"),
    [
        ([9, 9, 9], 6, [2, 2, 2]),
        ([9, 9, 9], 7, [3, 2, 2]),
        ([1, 9, 9], 9, [1, 4, 4]),
        ([1, 2, 9], 9, [1, 2, 6]),
        ([1, 2, 3], 9, [1, 2, 3]),
    ],
)
def test_quotas_by_hand(available, size, quotas):
    assert equal_quotas(np.array(available), size).tolist() == quotas


@given(st.lists(st.integers(0, 20), min_size=1, max_size=8), st.integers(1, 60))
def test_quotas_are_as_equal_as_can_be(available, size):
    numbers = np.array(available)
    quotas = equal_quotas(numbers, size)

    assert (quotas <= numbers).all()
    assert quotas.sum() == min(size, numbers.sum())
    unfinished = quotas[quotas < numbers]
    if len(unfinished):
        assert quotas.max() - unfinished.min() <= 1


def test_own_test_set_is_used(make_corpus, rng):
    corpus = make_corpus(per_class=5, test_per_class=4)

    test, pool = cut_test(corpus, 8, rng)

    assert np.bincount(test.targets).tolist() == [2, 2, 2, 2]
    assert set(test.ids) <= set(corpus.test.ids)
    assert sorted(pool) == list(range(20))


def test_null_takes_the_largest_balanced_part(rng):
    train = Labelled(np.zeros((4, 1)), np.array([0, 1, 0, 1]))
    own = Labelled(np.zeros((5, 1)), np.array([0, 0, 0, 1, 1]))

    test, _ = cut_test(build_corpus("toy", train, own, 2), None, rng)

    assert sorted(test.targets) == [0, 0, 1, 1]


def test_rare_classes_keep_half_of_their_samples(rng):
    targets = np.repeat([0, 1, 2], [20, 4, 1])
    corpus = build_corpus("toy", Labelled(np.zeros((25, 1)), targets), None, 3)

    test, pool = cut_test(corpus, 12, rng)

    assert np.bincount(test.targets).tolist() == [9, 2, 1]
    assert len(pool) == 13
    assert not set(pool) & set(test.ids)


def test_errors(make_corpus, rng):
    with pytest.raises(OutOfRangeError, match="no test set of its own"):
        cut_test(make_corpus(), None, rng)
    with pytest.raises(NotEnoughSamplesError, match="can spare 80"):
        cut_test(make_corpus(per_class=40), 81, rng)
    with pytest.raises(EmptyClassError, match="class 3"):
        cut_test(make_corpus(), 3, rng)
    lacking = build_corpus("toy", Labelled(np.zeros((6, 1)), np.array([0, 0, 0, 2, 2, 2])), None, 3)
    with pytest.raises(EmptyClassError, match="class 1"):
        cut_test(lacking, 3, rng)
