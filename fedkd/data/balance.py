"""The balanced test set: as many samples of each class as possible, so that accuracy weighs classes alike."""

from __future__ import annotations

import numpy as np

from fedkd.data.examples import Corpus, Examples, Integers
from fedkd.errors import EmptyClassError, NotEnoughSamplesError, OutOfRangeError


def cut_test(corpus: Corpus, size: int | None, rng: np.random.Generator) -> tuple[Examples, Integers]:
    """Draws the test set.

    It comes from the publisher's own test set where there is one, else from `corpus.train`, where it takes at
    most half of a class (but one sample at least), so that rare classes can still be learned.

    Args:
        corpus: The data set.
        size: Number of samples, or None for the largest test set with equal numbers in each class.
        rng: Source of every draw.

    Returns:
        The test set, and the positions of `corpus.train` that are left, in random order.

    Raises:
        OutOfRangeError: `size` is None, but the corpus has no test set of its own.
        EmptyClassError: A class has no sample, or `size` is smaller than the number of classes.
        NotEnoughSamplesError: There are not so many samples.
    """
    pool = rng.permutation(len(corpus.train))
    if corpus.test is not None:
        sizes = np.bincount(corpus.test.targets, minlength=corpus.classes)
        quotas = _quotas(corpus.name, sizes, corpus.classes * int(sizes.min()) if size is None else size)
        order = rng.permutation(len(corpus.test))
        return corpus.test.take(order[_first_rows(corpus.test.targets[order], quotas)]), pool
    if size is None:
        raise OutOfRangeError(
            f"split.test is null, but {corpus.name} has no test set of its own", "give split.test a number"
        )
    sizes = np.bincount(corpus.train.targets, minlength=corpus.classes)
    quotas = _quotas(corpus.name, (sizes + 1) // 2, size)
    rows = _first_rows(corpus.train.targets[pool], quotas)
    return corpus.train.take(pool[rows]), np.delete(pool, rows)


def _quotas(name: str, available: Integers, size: int) -> Integers:
    """[C] samples of each class that make `size` together, checked."""
    quotas = equal_quotas(available, size)
    empty = np.flatnonzero(quotas == 0)
    if len(empty):
        raise EmptyClassError(
            f"class {int(empty[0])} of {name} would have no test sample",
            f"use data that hold every class, and a split.test of at least {len(available)}",
        )
    if quotas.sum() < size:
        raise NotEnoughSamplesError(
            f"{name} can spare {int(quotas.sum())} samples for the test set, but split.test asks for {size}",
            "lower split.test",
        )
    return quotas


def equal_quotas(available: Integers, size: int) -> Integers:
    """Shares `size` out to classes as equally as their numbers `available` [C] allow.

    What does not divide goes to the first classes. The sum falls short of `size` only if all are used up.
    """
    quotas = np.zeros(len(available), np.int64)
    while (left := size - int(quotas.sum())) > 0 and (quotas < available).any():
        open_classes = np.flatnonzero(quotas < available)
        each = left // len(open_classes)
        if each == 0:
            quotas[open_classes[:left]] += 1
        else:
            quotas[open_classes] += np.minimum(available[open_classes] - quotas[open_classes], each)
    return quotas


def _first_rows(targets: Integers, quotas: Integers) -> Integers:
    """Ascending positions of the first `quotas[c]` samples of each class c."""
    rows = [np.flatnonzero(targets == label)[:quota] for label, quota in enumerate(quotas)]
    return np.sort(np.concatenate(rows))
