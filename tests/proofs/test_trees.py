"""Trees and networks as one another's teachers, in a short run."""

from __future__ import annotations

import pytest

from fedkd.models import ArchSpec
from fedkd.proofs import TreeProof, run
from fedkd.proofs.trees import ACCURACY

SHORT = TreeProof(steps=150, forest=ArchSpec.of("forest", trees=20, depth=12))


def test_a_tree_learns_from_a_network():
    results = run(SHORT, (0, 1, 2), lambda done: None)

    assert [claim.holds for claim in SHORT.claims(results)] == [True, None, None]
    # Nobody is at chance, and a tree stays behind its teacher.
    assert min(results.values(arm, ACCURACY).min() for arm in results.arms) > 40
    assert results.difference("network", "tree <- network", ACCURACY).mean > 0


def test_a_seed_gives_the_same_figures_again():
    short = TreeProof(steps=5, forest=ArchSpec.of("forest", trees=2, depth=4))

    assert short.measure(3) == short.measure(3)
    assert short.measure(3) != short.measure(4)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_some_labels_must_be_there_and_some_missing(share):
    with pytest.raises(ValueError, match="labelled="):
        TreeProof(labelled=share)
