"""Students that speak a grammar: what they see, how they speak, and what a short run shows."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.learning import Learner, fresh_model
from fedkd.models import ArchSpec
from fedkd.proofs import BridgeProof, Grammar, run
from fedkd.proofs.bridges import ARMS, DIVERGENCE, RIGHT, VARIETY, prefixes, samples, speak

SMALL = Grammar(subjects=2, synonyms=2, length=2, bridges=(1,), right=0.75)


def generator(seed: int = 1) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def test_a_student_sees_its_position_and_the_words_before():
    phrase = np.array([[1, 3, 0]])

    first, second = (prefixes(SMALL, phrase, position)[0].tolist() for position in (0, 1))

    position, named, word = first[:2], first[2:6], first[6:]
    assert (position, named, word) == ([1, 0], [0, 1, 0, 0], [0, 0, 0, 0])
    position, named, word = second[:2], second[2:6], second[6:]
    assert (position, named, word) == ([0, 1], [0, 1, 0, 0], [0, 0, 0, 1])


def test_every_position_is_a_sample():
    inputs, teacher = samples(SMALL, np.array([[1, 3, 0], [0, 2, 0]]))

    assert inputs.shape == (4, 10)
    assert teacher.tolist() == [[0, 0, 0.5, 0.5]] * 2 + [[0.25, 0.75, 0, 0], [0.75, 0.25, 0, 0]]


def test_a_student_without_knowledge_says_anything():
    learner = Learner((10,), 4)
    model = fresh_model(ArchSpec.of("mlp", hidden=()), (10,), 4, seed=0)
    mute = model.reset({name: np.zeros_like(array) for name, array in model.arrays.items()})

    phrases, entropy = speak(SMALL, learner, mute, 2000, generator())

    np.testing.assert_allclose(entropy, np.log(4))
    counts = np.bincount(phrases[:, 1], minlength=4) / 2000
    np.testing.assert_allclose(counts, 0.25, atol=0.03)


def test_a_student_continues_its_own_words():
    """A linear student that repeats the word before: whatever it says at first, it says again."""
    learner = Learner((10,), 4)
    model = fresh_model(ArchSpec.of("mlp", hidden=()), (10,), 4, seed=0)
    arrays = {name: np.zeros_like(array) for name, array in model.arrays.items()}
    weight = next(name for name, array in arrays.items() if array.shape == (4, 10))
    arrays[weight][:, 6:] = 50 * np.eye(4)

    phrases, entropy = speak(SMALL, learner, model.reset(arrays), 200, generator())

    np.testing.assert_array_equal(phrases[:, 2], phrases[:, 1])
    assert len(set(phrases[:, 1])) == 4
    np.testing.assert_allclose(entropy, [np.log(4), 0], atol=1e-12)


def test_a_short_run_shows_the_direction():
    proof = BridgeProof(phrases=200, rollouts=400, steps=400)

    results = run(proof, (0, 1), lambda done: None)

    assert results.arms == tuple(ARMS)
    assert all(claim.holds for claim in proof.claims(results))
    # What the mixture costs: the teacher's doubt is not reproduced.
    assert results.difference("confidence", "soft", DIVERGENCE).mean > 0
    # And what hard labels cost: nothing is left to choose in the gardens.
    assert results.values("hard", VARIETY).max() < 0.2
    assert results.values("confidence", VARIETY).min() > 0.8
    assert results.difference("hard", "soft", RIGHT).mean > 0


def test_a_seed_gives_the_same_figures_again():
    proof = BridgeProof(phrases=20, rollouts=20, steps=10)

    assert proof.measure(3) == proof.measure(3)
    assert proof.measure(3) != proof.measure(4)


@pytest.mark.parametrize("wrong", [{"stages": 1}, {"steps": 7, "stages": 2}])
def test_steps_must_be_cut_evenly(wrong):
    with pytest.raises(ValueError, match="multiple of stages"):
        BridgeProof(**wrong)
