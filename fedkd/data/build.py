"""Arrays to Corpus: the one place where the values of a data set are checked."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fedkd.data.examples import Corpus, Examples, Integers
from fedkd.errors import InvalidValuesError


class Labelled(NamedTuple):
    """Inputs [N, ...] and their class ids [N], before they are checked."""

    inputs: NDArray[Any]
    targets: NDArray[Any]


def build_corpus(
    name: str, train: Labelled, test: Labelled | None, classes: int, owners: NDArray[Any] | None = None
) -> Corpus:
    """Checks the arrays of a data set and numbers its samples.

    Args:
        name: What figures and errors call the data set.
        train: Samples for sites and the public set.
        test: The publisher's own test set, or None.
        classes: Number of classes C.
        owners: [N] natural owner of each sample of `train`, or None.

    Returns:
        A corpus with float32 inputs and int64 targets. `train` has the ids 0 .. N-1, `test` the next ones.

    Raises:
        InvalidValuesError: NaN or infinities, no samples, fewer than two classes, labels outside [0, C), or
            shapes that do not fit one another.
    """
    if classes < 2:
        raise InvalidValuesError(f"{name} has {classes} class(es)", "use data with at least two classes")
    numbered = _examples(f"{name} (train)", train, classes, first_id=0)
    own_test = None if test is None else _examples(f"{name} (test)", test, classes, first_id=len(numbered))
    if own_test is not None and own_test.inputs.shape[1:] != numbered.inputs.shape[1:]:
        raise InvalidValuesError(
            f"{name} has train samples of shape {numbered.inputs.shape[1:]} and test samples of shape "
            f"{own_test.inputs.shape[1:]}",
            "make both the same shape",
        )
    return Corpus(numbered, own_test, classes, name, _owners(name, owners, len(numbered)))


def _examples(where: str, data: Labelled, classes: int, first_id: int) -> Examples:
    if len(data.inputs) == 0 or data.inputs.ndim < 2:
        raise InvalidValuesError(
            f"{where} has inputs of shape {data.inputs.shape}",
            "give at least one sample and one value a sample",
        )
    targets = _integers(where, "labels", data.targets, len(data.inputs))
    if targets.min() < 0 or targets.max() >= classes:
        raise InvalidValuesError(
            f"{where} has labels from {targets.min()} to {targets.max()}, but {classes} classes",
            f"number the classes 0 to {classes - 1}",
        )
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite and is refused below
        inputs = np.asarray(data.inputs, np.float32)
    if not np.isfinite(inputs).all():
        raise InvalidValuesError(f"{where} holds NaN or infinite inputs", "remove or replace those values")
    return Examples(inputs, targets, first_id + np.arange(len(inputs), dtype=np.int64))


def _integers(where: str, what: str, values: NDArray[Any], rows: int) -> Integers:
    if values.shape != (rows,):
        raise InvalidValuesError(
            f"{where} has {rows} samples, but {what} of shape {values.shape}",
            f"give one of the {what} a sample",
        )
    if values.dtype.kind not in "iu":
        raise InvalidValuesError(f"{where} has {what} of type {values.dtype}", f"give {what} as integers")
    return values.astype(np.int64)


def _owners(name: str, owners: NDArray[Any] | None, rows: int) -> Integers | None:
    return None if owners is None else _integers(f"{name} (train)", "owners", owners, rows)
