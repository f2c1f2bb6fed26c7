"""The first weights of a model, of whatever paradigm."""

from __future__ import annotations

from fedkd.learning.job import Model
from fedkd.models import ArchSpec, initial_arrays


def fresh_model(spec: ArchSpec, input_shape: tuple[int, ...], classes: int, seed: int) -> Model:
    """A model that has learnt nothing: a network with random weights, or an ensemble that answers 1 / C."""
    return Model(spec, initial_arrays(spec, input_shape, classes, seed))
