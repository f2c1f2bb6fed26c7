"""Models as functions of specs and arrays, for callers that keep the arrays themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from numpy.typing import NDArray

from fedkd.data.examples import Floats, Integers
from fedkd.models.arch import ArchSpec
from fedkd.models.build import build
from fedkd.models.learner import LearnerFamily, make_learner
from fedkd.models.lookup import find_family, network_family
from fedkd.models.network import Network
from fedkd.models.weights import Arrays, to_arrays


def is_forest(spec: ArchSpec) -> bool:
    """Whether `spec` names a tree learner (also boosting); otherwise it names a network.

    Raises:
        UnknownFamilyError: There is no such family.
    """
    return isinstance(find_family(spec.family), LearnerFamily)


def skeleton(spec: ArchSpec, input_shape: tuple[int, ...], classes: int) -> Network:
    """The network on the meta device, to be called with arrays through torch.func.functional_call.

    Raises:
        UnknownFamilyError: There is no such family.
        ArchitectureError: The options are wrong, the shape does not fit, or the spec names a tree learner.
    """
    return network_family(spec).skeleton(spec, input_shape, classes)


def initial_arrays(spec: ArchSpec, input_shape: tuple[int, ...], classes: int, seed: int) -> Arrays:
    """Weights to start from: `build` draws a network's, a tree learner finds all classes equally likely.

    Args:
        spec: The architecture.
        input_shape: Shape of one sample.
        classes: Number of classes C.
        seed: In [0, 2**63). Same arguments: same bits.

    Raises:
        UnknownFamilyError: There is no such family.
        ArchitectureError: The options are wrong, or the shape does not fit.
    """
    if is_forest(spec):
        return make_learner(spec, input_shape, classes).to_arrays()
    return to_arrays(build(spec, input_shape, classes, torch.Generator().manual_seed(seed)))


def fit_forest(
    spec: ArchSpec,
    inputs: Floats,
    targets: Integers | Floats,
    sample_weight: Floats | None,
    classes: int,
    seed: int,
) -> Arrays:
    """The arrays of a tree learner that was fitted on these samples; see Learner.fit."""
    learner = make_learner(spec, inputs.shape[1:], classes)
    learner.fit(inputs, targets, sample_weight, seed)
    return learner.to_arrays()


def forest_probabilities(spec: ArchSpec, arrays: Mapping[str, NDArray[Any]], inputs: Floats, classes: int) -> Floats:
    """[N, C] what the tree learner in `arrays` says to `inputs` [N, *input_shape].

    Raises:
        ArchitectureError: The arrays do not describe a learner of this spec and shape.
    """
    learner = make_learner(spec, inputs.shape[1:], classes)
    learner.from_arrays(arrays)
    return learner.probabilities(inputs)
