"""Models as functions of specs and arrays."""

import numpy as np
import pytest
import torch
from torch.func import functional_call

from fedkd.errors import ArchitectureError
from fedkd.models.arch import ArchSpec
from fedkd.models.stateless import fit_forest, forest_probabilities, initial_arrays, is_forest, skeleton

from .cases import CASES, CLASSES, TREES, batch, blobs, network


@pytest.mark.parametrize("case", CASES)
def test_a_skeleton_with_initial_arrays_is_the_network(case):
    spec, shape = CASES[case]
    state = {name: torch.from_numpy(a) for name, a in initial_arrays(spec, shape, CLASSES, 7).items()}
    inputs = batch(shape)
    logits = functional_call(skeleton(spec, shape, CLASSES).eval(), state, (inputs,))
    torch.testing.assert_close(logits, network(case, 7).eval()(inputs), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", TREES)
def test_forests_as_arrays(name):
    spec = TREES[name]
    rows, labels = blobs()
    arrays = fit_forest(spec, rows, labels, None, 3, seed=1)
    probabilities = forest_probabilities(spec, arrays, rows, 3)
    assert (probabilities.argmax(1) == labels).mean() > 0.8
    fresh = forest_probabilities(spec, initial_arrays(spec, (4,), 3, 1), rows, 3)
    np.testing.assert_allclose(fresh, np.full((120, 3), 1 / 3), rtol=1e-6)


def test_forests_and_networks_are_told_apart():
    assert is_forest(ArchSpec.of("boosting"))
    assert not is_forest(ArchSpec.of("cnn"))
    with pytest.raises(ArchitectureError):
        skeleton(ArchSpec.of("forest"), (3,), 2)
    with pytest.raises(ArchitectureError):
        initial_arrays(ArchSpec.of("forest", trees=0), (3,), 2, 0)
