"""CIST with a real teacher, in a short run: the entropies are certain, the accuracies are not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import entr

from fedkd.models import ArchSpec
from fedkd.proofs import CistProof, run
from fedkd.proofs.cist import ACCURACY, SPREAD, entropies

SHORT = CistProof(teacher=ArchSpec.of("mlp", hidden=(64,)), teacher_steps=400, steps=40)


def test_entropies_are_those_of_softened_labels():
    # At temperature 2, (0.9, 0.1) becomes (3/4, 1/4).
    said = np.float32([[0.9, 0.1], [0.5, 0.5]])

    one_for_all, one_each = entropies(said, np.array(2.0)), entropies(said, np.array([2.0, 1.0]))

    np.testing.assert_allclose(one_for_all, [entr(0.75) + entr(0.25), np.log(2)], rtol=1e-6)
    np.testing.assert_allclose(one_each, one_for_all)


def test_soft_labels_become_equally_soft():
    results = run(SHORT, (0, 1), lambda done: None)

    assert results.arms == ("teacher", "labels only", "T = 2", "T = 4", "T = 8", *(f"CIST {r:g}" for r in SHORT.rhos))
    spread, *accuracies = SHORT.claims(results)
    assert spread.holds
    assert "times smaller" in spread.sentence
    assert [claim.sentence.partition(",")[0] for claim in accuracies[:2]] == [
        "CIST 2 against T = 4",
        "CIST 3 against T = 4",
    ]
    # At so few steps the best temperature is another, and nothing was claimed about that.
    assert [claim.holds for claim in accuracies[2:]] == [None, None]
    ratios = results.values("T = 4", SPREAD) / results.values(f"CIST {SHORT.rhos[0]:g}", SPREAD)
    assert ratios.min() > 10
    # Forty steps make a student of sorts (chance is 10 %), and its teacher is better.
    students = [results.values(arm, ACCURACY) for arm in results.arms[1:]]
    assert np.min(students) > 25
    assert np.max(students) < results.values("teacher", ACCURACY).min()


def test_samples_may_be_new_to_the_teacher():
    shared, new = (
        CistProof(teacher=ArchSpec.of("mlp", hidden=(16,)), teacher_steps=30, steps=2, shared=shared)
        for shared in (True, False)
    )

    assert shared.measure(0)["teacher"] == new.measure(0)["teacher"]
    assert shared.measure(0)["T = 4"][SPREAD] != new.measure(0)["T = 4"][SPREAD]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [({"temperatures": (2.0,)}, "temperatures="), ({"rhos": ()}, "rhos="), ({"share": 1.0}, "share=")],
)
def test_impossible_settings_are_refused(wrong, named):
    with pytest.raises(ValueError, match=named):
        CistProof(**wrong)
