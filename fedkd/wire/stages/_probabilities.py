"""What the stages for soft labels share: which arrays they take, and what every row of them must be."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedkd.errors import CorruptMessageError, KnowledgeError
from fedkd.knowledge import MAIN_ARRAY, Arrays, Kind, check_probabilities
from fedkd.wire.stage import Spec, Specs, StageContext
from fedkd.wire.stages._casts import cast_from_wire

VALUES = MAIN_ARRAY[Kind.PROBS]


def planned_shape(specs: Specs, context: StageContext, stage: str, least: int) -> tuple[int, int]:
    """Samples N and classes C of the probabilities.

    Raises:
        KnowledgeError: The knowledge is no probabilities [N, C] with C >= `least`.
    """
    spec = specs.get(VALUES)
    fits = spec is not None and spec.is_float and len(spec.shape) == 2 and spec.shape[1] >= least
    if context.kind is not Kind.PROBS or spec is None or not fits:
        what = f"'{stage}' codes {context.kind} whose 'values' are {spec}"
        raise KnowledgeError(what, f"send probs as floats [N, C] with C >= {least}, or use another codec")
    return spec.shape[0], spec.shape[1]


def replace_values(specs: Specs, **parts: Spec) -> Specs:
    """Specs with the probabilities replaced by named parts; further arrays follow as they were."""
    others = {name: spec for name, spec in specs.items() if name != VALUES}
    return {f"{VALUES}#{part}": spec for part, spec in parts.items()} | others


def code_values(arrays: Arrays, **parts: NDArray[Any]) -> Arrays:
    """Arrays with the probabilities replaced by named parts, in the order of `replace_values`."""
    others = {name: array for name, array in arrays.items() if name != VALUES}
    return {f"{VALUES}#{part}": array for part, array in parts.items()} | others


def restore_values(values: NDArray[Any], coded: Arrays, specs: Specs) -> Arrays:
    """Arrays of `specs` from decoded probabilities; further arrays as they came."""
    restored = {VALUES: cast_from_wire(VALUES, values, specs[VALUES].dtype)}
    return {name: restored[name] if name == VALUES else coded[name] for name in specs}


def distributions(arrays: Arrays, context: StageContext) -> NDArray[np.float64]:
    """The probabilities [N, C] with row sums of exactly one.

    Raises:
        KnowledgeError: A row is no distribution within the tolerance of `Knowledge`.
    """
    values = arrays[VALUES].astype(np.float64)
    check_probabilities(values, context.rows)
    normalised: NDArray[np.float64] = values / values.sum(axis=1, keepdims=True)
    return normalised


def check_classes(classes: NDArray[np.integer[Any]], count: int) -> None:
    """Raise CorruptMessageError unless rows of `classes` [N, K] hold distinct class ids below `count`."""
    ordered = np.sort(classes, axis=1)
    if (ordered >= count).any() or (ordered[:, 1:] == ordered[:, :-1]).any():
        what = f"'{VALUES}' names classes twice or beyond {count}"
        raise CorruptMessageError(what, "leave its sender out")
