"""The grammar: what its teacher says, what a bridge is, and which phrases are right."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.proofs import Grammar
from fedkd.proofs.grammar import draw

# Words 0 and 1 are subjects, 2 and 3 synonyms.
SMALL = Grammar(subjects=2, synonyms=2, length=3, bridges=(0, 2), right=0.75)
GARDEN, BRIDGE = 1, 2


def generator(seed: int = 1) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def test_a_bridge_names_the_subject_again_and_a_garden_any_synonym():
    named = np.array([0, 1])

    assert SMALL.teacher(BRIDGE, named).tolist() == [[0.75, 0.25, 0, 0], [0.25, 0.75, 0, 0]]
    assert SMALL.teacher(GARDEN, named).tolist() == [[0, 0, 0.5, 0.5], [0, 0, 0.5, 0.5]]
    assert SMALL.gardens == (GARDEN,)


def test_the_subject_named_last_is_what_counts():
    assert SMALL.follow(np.array([0, 0, 1]), np.array([1, 2, 3])).tolist() == [1, 0, 1]
    phrases = np.array([[0, 1, 2, 1], [1, 1, 3, 0]])

    assert [SMALL.named_last(phrases, position).tolist() for position in range(3)] == [[0, 1], [1, 1], [1, 1]]


def test_a_phrase_is_right_when_every_bridge_names_the_first_subject():
    phrases = np.array([[0, 0, 2, 0], [0, 1, 2, 1], [0, 0, 2, 1], [1, 1, 3, 1]])

    assert SMALL.is_right(phrases).tolist() == [True, False, False, True]


def test_the_stakes_are_high_at_bridges_and_nothing_in_gardens():
    # Before the first bridge a wrong word costs the chance that the second one comes right, 3/4; before the second, 1.
    np.testing.assert_allclose(SMALL.stakes(), [0.75**2, 0, 0.75])


def test_the_stakes_of_the_grammar_of_the_proof():
    grammar = Grammar()

    stakes = grammar.stakes()

    np.testing.assert_allclose(stakes[list(grammar.bridges)], [0.85**3, 0.85**2, 0.85])
    np.testing.assert_allclose(stakes[list(grammar.gardens)], 0, atol=1e-12)


def test_the_teacher_speaks_its_own_grammar():
    phrases = SMALL.phrases(4000, generator())

    assert phrases.shape == (4000, 4)
    assert set(phrases[:, 1 + GARDEN]) == {2, 3}
    # Both bridges right: 9/16, give or take three standard errors.
    assert SMALL.is_right(phrases).mean() == pytest.approx(0.5625, abs=0.024)
    np.testing.assert_array_equal(phrases, SMALL.phrases(4000, generator()))


def test_words_are_drawn_as_often_as_they_are_probable():
    probabilities = np.tile([0.0, 0.25, 0.0, 0.75], (4000, 1))

    drawn = draw(probabilities, generator())

    assert set(drawn) == {1, 3}
    assert (drawn == 3).mean() == pytest.approx(0.75, abs=0.021)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"subjects": 1}, "subjects=1"),
        ({"synonyms": 1}, "synonyms=1"),
        ({"bridges": ()}, "bridges="),
        ({"bridges": (12,)}, "bridges="),
        ({"right": 0.25}, "right=0.25"),
        ({"right": 1.0}, "right=1.0"),
    ],
)
def test_impossible_grammars_are_refused(wrong, named):
    with pytest.raises(ValueError, match=named):
        Grammar(**wrong)
