"""The attacker that knows the guard: as far as it may go, and no farther."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fedkd.aggregate import ContradictionFilter, ExpWeights, Guard, MadFilter, Memory, Votes
from fedkd.attacks import Adaptive, LabelShift, LeastLikely

from .cases import honest, rng, table


class AtMost:
    """A guard that puts aside who gives the second class more than `most` on the first sample."""

    def __init__(self, most: float) -> None:
        self.most = most

    def __call__(self, votes: Votes, memory: Memory) -> tuple[Votes, Memory]:
        return replace(votes, weights=(votes.values[:, 0, 1] <= self.most).astype(np.float32)), memory


CERTAIN = honest(np.tile([1, 0], (6, 1, 1)))


def test_the_lie_is_as_large_as_the_guard_allows():
    # The attacker's own vote is (1, 0), the false one (0, 1), so the share of the lie is the second probability.
    guard = AtMost(0.3)

    sent = Adaptive(guard, steps=10)(CERTAIN, table([[[1, 0]]]), 1, rng())

    assert 0.3 - 2**-10 <= sent[0, 0, 1] <= 0.3


def test_a_guard_that_lets_everything_pass_gets_the_whole_lie():
    sent = Adaptive(AtMost(1))(CERTAIN, table([[[1, 0]]]), 1, rng())

    assert sent.tolist() == [[[0, 1]]]


def test_a_guard_that_distrusts_even_the_truth_gets_the_truth():
    sent = Adaptive(AtMost(0.2))(CERTAIN, table([[[0.75, 0.25]]]), 1, rng())

    assert sent.tolist() == [[[0.75, 0.25]]]


def test_it_may_move_towards_any_attack():
    own = table([[[0.8, 0.1, 0.1]]])

    sent = Adaptive(AtMost(1), towards=LabelShift())(honest([[[1, 0, 0]]] * 4), own, 1, rng())

    np.testing.assert_allclose(sent, [[[0.1, 0.8, 0.1]]])


def unlike(seed: int) -> tuple[Votes, np.ndarray]:
    """Sixteen honest sites that agree more or less, and the honest votes of four attackers."""
    draw = rng(seed)
    truth = np.eye(4)[np.arange(40) % 4]
    noise = draw.uniform(0.1, 0.4, (20, 1, 1))
    votes = (1 - noise) * truth + noise * draw.dirichlet([1] * 4, (20, 40))
    return honest(votes[:16]), table(votes[16:])


@pytest.mark.parametrize("guard", [MadFilter(), ContradictionFilter(), ExpWeights(eta=3)], ids=repr)
@pytest.mark.parametrize("seed", [0, 1])
def test_real_guards_accept_what_is_sent_and_would_not_accept_the_whole_lie(guard, seed):
    several, own = unlike(seed)

    sent = Adaptive(guard)(several, own, 1, rng())
    whole = LeastLikely()(several, own, 1, rng())

    assert isinstance(guard, Guard)
    assert weights(guard, several, sent).min() >= 0.5
    assert weights(guard, several, whole).max() < 0.5
    assert np.abs(sent - own).sum() > 0


def weights(guard: Guard, several: Votes, lies: np.ndarray) -> np.ndarray:
    """Weights of the attackers, as shares of the median honest site's, in the second of two equal rounds."""
    together = honest(np.concatenate([several.values, lies]))
    _, memory = guard(together, {})
    after = guard(together, memory)[0].weights
    return after[len(several) :] / np.median(after[: len(several)])
