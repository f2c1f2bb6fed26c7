"""The first weights of a model, of whatever paradigm."""

from __future__ import annotations

import torch

from fedkd.learning.job import Model
from fedkd.models.arch import ArchSpec
from fedkd.models.build import build
from fedkd.models.learner import LearnerFamily
from fedkd.models.lookup import find_family
from fedkd.models.weights import to_arrays


def is_learner(spec: ArchSpec) -> bool:
    """Whether the spec names a tree ensemble rather than a network."""
    return isinstance(find_family(spec.family), LearnerFamily)


def fresh_model(spec: ArchSpec, input_shape: tuple[int, ...], classes: int, seed: int) -> Model:
    """A model that has learnt nothing: a network with random weights, or an ensemble without trees."""
    if is_learner(spec):
        return Model(spec, {})
    generator = torch.Generator().manual_seed(seed)
    return Model(spec, to_arrays(build(spec, input_shape, classes, generator)))
