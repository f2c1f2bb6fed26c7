"""What each attack sends: by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedkd.attacks import (
    Adaptive,
    ArrayAttack,
    Attack,
    Colluding,
    Honest,
    LabelShift,
    LeastLikely,
    RandomVotes,
    Scaled,
)
from fedkd.errors import OutOfRangeError

from .cases import honest, rng, table

ATTACKS = [Honest(), LabelShift(), LeastLikely(), RandomVotes(), Scaled(), Colluding(), Adaptive()]
# Mean (0.6, 0.3, 0.1) and (0.1, 0.45, 0.45).
TWO = honest([[[0.8, 0.1, 0.1], [0.2, 0.5, 0.3]], [[0.4, 0.5, 0.1], [0.0, 0.4, 0.6]]])
OWN = table([[[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]]])


def test_the_control_changes_nothing():
    assert Honest()(TWO, OWN, 1, rng()) is OWN
    assert Honest().distort_array(OWN) is OWN


def test_label_shift_gives_the_confidence_of_a_class_to_the_next():
    np.testing.assert_allclose(LabelShift()(TWO, OWN, 1, rng()), [[[0.1, 0.7, 0.2], [0.6, 0.1, 0.3]]])
    np.testing.assert_allclose(LabelShift(by=-1)(TWO, OWN, 1, rng()), [[[0.2, 0.1, 0.7], [0.3, 0.6, 0.1]]])


def test_least_likely_is_one_hot_on_what_the_honest_mean_holds_least_likely():
    sent = LeastLikely()(TWO, np.concatenate([OWN, OWN]), 1, rng())

    assert sent.tolist() == [[[0, 0, 1], [1, 0, 0]]] * 2


def test_random_votes_follow_the_generator_and_nothing_else():
    one = RandomVotes()(TWO, OWN, 1, rng(3))

    np.testing.assert_array_equal(one, RandomVotes()(TWO, 1 - OWN, 2, rng(3)))
    assert not np.array_equal(one, RandomVotes()(TWO, OWN, 1, rng(4)))


def test_concentration_says_how_sure_random_votes_are():
    many = np.zeros((1, 500, 3), np.float32)

    sure = RandomVotes(concentration=0.01)(TWO, many, 1, rng()).max(-1).mean()
    unsure = RandomVotes(concentration=100)(TWO, many, 1, rng()).max(-1).mean()

    assert sure > 0.97
    assert unsure < 0.45


def test_scaling_sharpens_predictions_as_if_logits_were_multiplied():
    # Squares 0.49, 0.04, 0.01 and 0.01, 0.09, 0.36.
    sent = Scaled(factor=2)(TWO, OWN, 1, rng())

    np.testing.assert_allclose(sent[0], [[49 / 54, 4 / 54, 1 / 54], [1 / 46, 9 / 46, 36 / 46]], rtol=1e-5)


def test_scaling_turns_parameters_round():
    sent = Scaled(factor=3).distort_array(np.array([1, -2], np.float16))

    assert sent.tolist() == [-3, 6]
    assert sent.dtype == np.float16


def test_colluding_attackers_send_the_consensus_under_other_names():
    # One honest site: the consensus is its vote. Squares 0.64, 0.01, 0.01 and 0.04, 0.25, 0.09, one class on.
    one = honest([[[0.8, 0.1, 0.1], [0.2, 0.5, 0.3]]])

    sent = Colluding(sharpness=2)(one, np.concatenate([OWN, OWN]), 1, rng())

    expected = [[1 / 66, 64 / 66, 1 / 66], [9 / 38, 4 / 38, 25 / 38]]
    np.testing.assert_allclose(sent, [expected, expected], rtol=1e-4)


def test_colluding_attackers_know_nothing_of_a_sample_that_nobody_honest_speaks_of():
    silent = honest([[[1, 0, 0], [1, 0, 0]]], valid=[[True, False]])

    np.testing.assert_allclose(Colluding()(silent, OWN, 1, rng())[0], [[0, 1, 0], [1 / 3] * 3], atol=1e-6)


@pytest.mark.parametrize("attack", ATTACKS, ids=repr)
@given(seed=st.integers(0, 10**6))
@settings(max_examples=10, deadline=None)
def test_attacks_send_distributions(attack, seed):
    draw = rng(seed)
    several, own = honest(draw.dirichlet([0.2] * 4, (5, 6))), table(draw.dirichlet([0.2] * 4, (2, 6)))

    sent = attack(several, own, 1, rng(seed))

    assert isinstance(attack, Attack)
    assert sent.shape == own.shape
    assert sent.dtype == np.float32
    assert sent.min() >= 0
    np.testing.assert_allclose(sent.sum(-1), 1, atol=1e-4)


@pytest.mark.parametrize("attack", ATTACKS, ids=repr)
def test_attacks_leave_their_arguments_as_they_were(attack):
    several, own = TWO.values.copy(), OWN.copy()

    attack(TWO, OWN, 1, rng())

    np.testing.assert_array_equal(TWO.values, several)
    np.testing.assert_array_equal(OWN, own)


def test_only_the_control_and_scaling_know_what_to_do_with_parameters():
    assert [type(a).__name__ for a in ATTACKS if isinstance(a, ArrayAttack)] == ["Honest", "Scaled"]


@pytest.mark.parametrize("attack", [LabelShift(by=3), Colluding(by=6)], ids=repr)
def test_a_shift_all_the_way_round_is_refused(attack):
    with pytest.raises(OutOfRangeError, match="among 3 classes"):
        attack(TWO, OWN, 1, rng())


@pytest.mark.parametrize(
    ("attack", "setting", "value"),
    [
        (LabelShift, "by", 0),
        (RandomVotes, "concentration", 0),
        (Scaled, "factor", 0),
        (Colluding, "by", 0),
        (Colluding, "sharpness", 0),
        (Adaptive, "least_weight", 0),
        (Adaptive, "least_weight", 1.1),
        (Adaptive, "steps", 0),
    ],
)
def test_impossible_settings_are_refused(attack, setting, value):
    with pytest.raises(ValueError, match=f"{setting}="):
        attack(**{setting: value})
