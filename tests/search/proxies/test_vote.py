"""The vote of several proxies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from fedkd.search.proxies import ActivationOverlap, Parameters, SynFlow, vote

from ..cases import CLASSES, candidate, mlp
from .cases import FOREST, SHAPES, inputs, measured, some

DEFAULT = (Parameters(), SynFlow(), ActivationOverlap())


@dataclass(frozen=True)
class Says:
    """A proxy of whom every score is known."""

    scores: tuple[float, ...]

    def __call__(self, candidates, inputs, classes, seed):
        return np.array(self.scores)


def said(*proxies: Says) -> list[float]:
    return vote(proxies, [candidate(mlp(1 + i)) for i in range(len(proxies[0].scores))], inputs(), CLASSES, 5).tolist()


def test_votes_are_mean_ranks():
    assert said(Says((10, 30, 20))) == pytest.approx([1 / 3, 1, 2 / 3])
    assert said(Says((10, 30, 20)), Says((0.3, 0.2, 0.1))) == pytest.approx([2 / 3, 5 / 6, 1 / 2])
    assert said(Says((5, 5, 7))) == pytest.approx([1 / 2, 1 / 2, 1])


def test_who_is_silent_does_not_count():
    silent = float("nan")

    # The second ranks the last two only: 1/2 and 1.
    assert said(Says((10, 30, 20)), Says((silent, 1, 2))) == pytest.approx([1 / 3, 3 / 4, 5 / 6])
    assert said(Says((silent, 1, 2))) == pytest.approx([1 / 2, 1 / 2, 1])


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_votes_on_networks_average_to_the_middle(shape):
    candidates = some(shape)

    votes = vote(DEFAULT, candidates, inputs(shape), CLASSES, 5)

    assert ((votes > 0) & (votes <= 1)).all()
    # Each proxy deals ranks with the mean (n + 1) / 2n.
    assert votes.mean() == pytest.approx((len(candidates) + 1) / 2 / len(candidates))


def test_trees_are_ranked_by_their_size_alone():
    candidates = [measured(mlp(4)), measured(FOREST), measured(mlp(64))]

    votes = vote(DEFAULT, candidates, inputs(), CLASSES, 5)

    sizes = [c.cost.parameters for c in candidates]
    assert votes[1] == pytest.approx((1 + sum(size < sizes[1] for size in sizes)) / 3)


def test_one_candidate_alone_is_the_best():
    assert vote(DEFAULT, [candidate(mlp(4))], inputs(), CLASSES, 5).tolist() == [1.0]
