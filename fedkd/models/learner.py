"""Learners that are no networks: a protocol for tree ensembles as clients, and how a spec becomes one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from fedkd.data.examples import Floats, Integers
from fedkd.errors import ArchitectureError, ModelError
from fedkd.models.arch import ArchSpec
from fedkd.models.family import Family
from fedkd.models.lookup import find_family
from fedkd.models.weights import Arrays


class Learner(Protocol):
    """A classifier that is fitted in one go. It answers for all C classes, also for those it never saw.

    Before anything was fitted or loaded, all classes are equally likely.
    """

    def fit(self, inputs: Floats, targets: Integers | Floats, sample_weight: Floats | None, seed: int) -> None:
        """Forget everything and learn from these samples.

        Args:
            inputs: [N, *input_shape]; each sample is read as one flat row.
            targets: [N] int64 class ids, or [N, C] float32 soft labels.
            sample_weight: [N] non-negative, or None for equal weights.
            seed: Any non-negative integer. Same arguments: same bits.

        Raises:
            NotEnoughSamplesError: There is no sample.
            InvalidValuesError: Shapes do not fit, or targets are not classes or distributions.
        """

    def probabilities(self, inputs: Floats) -> Floats:
        """[N, C] rows that sum to 1, for `inputs` [N, *input_shape].

        Raises:
            InvalidValuesError: The shape does not fit.
        """

    def oob_probabilities(self) -> Floats:
        """[N, C] for the rows of the latest `fit`, each from trees that did not learn from it.

        What a tree ensemble says about its own training rows is close to their labels; only this carries dark
        knowledge. A row that nothing left out gets the class shares of all rows. It belongs to the private
        rows, so it is not among the arrays.

        Raises:
            ModelError: Nothing was fitted since this object was made or loaded.
        """

    def to_arrays(self) -> Arrays:
        """Everything that `probabilities` needs."""

    def from_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Become the learner that `to_arrays` described.

        Raises:
            ArchitectureError: The arrays do not describe a learner of this spec and shape.
        """


@dataclass(frozen=True)
class Size:
    """How large a learner may become.

    Attributes:
        numbers: Stored numbers.
        comparisons: Comparisons to answer for one sample.
    """

    numbers: int
    comparisons: int


@dataclass(frozen=True, eq=False)
class LearnerFamily(Family):
    """A family of learners.

    Attributes:
        start: start(features, classes, **options) → an unfitted Learner, `features` being the length of a
            flat row.
        size: size(features, classes, **options) → the largest learner that the options allow.
    """

    start: Callable[..., Learner]
    size: Callable[..., Size]


def make_learner(spec: ArchSpec, input_shape: tuple[int, ...], classes: int) -> Learner:
    """An unfitted learner.

    Raises:
        UnknownFamilyError: There is no such family.
        ArchitectureError: The options are wrong, the shape does not fit, or the family is one of networks.
    """
    family = find_family(spec.family)
    if not isinstance(family, LearnerFamily):
        raise ArchitectureError(f"{spec.family!r} is not a family of learners", "make it with fedkd.models.build.build")
    family.check(input_shape, classes)
    return family.start(math.prod(input_shape), classes, **dict(family.complete(spec).options))


def not_fitted() -> ModelError:
    """The error of a learner that is asked about training rows that it does not have."""
    return ModelError("the learner has no training rows, since it was not fitted here", "call fit() first")
