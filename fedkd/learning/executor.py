"""What a runtime must be able to do for a federation: train models and ask them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fedkd.learning.job import Job, Model, Store

FEATURES_OF = "features of "


def features_of(key: str) -> str:
    """What to ask for when the features of some inputs are wanted."""
    return FEATURES_OF + key


def inputs_of(asked: str) -> str:
    """The key of the inputs that an ask is about."""
    return asked.removeprefix(FEATURES_OF)


@dataclass(frozen=True)
class Assignment:
    """Work for one model.

    Attributes:
        model: The model as it is.
        jobs: To run one after the other; may be empty.
        asks: Keys of inputs in the Store whose logits are wanted afterwards; `features_of(key)` wants the features
            before the network's head instead.
    """

    model: Model
    jobs: tuple[Job, ...]
    asks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What came of an assignment.

    Attributes:
        model: The model after its jobs.
        answers: [N, C] logits or [N, F] features, by what was asked.
        train_cpu_s: CPU seconds of training, an equal share of its cohort's.
    """

    model: Model
    answers: dict[str, NDArray[np.float32]]
    train_cpu_s: float


class Executor(Protocol):
    """Runs assignments; the result does not depend on how many processes share them."""

    def start(self, store: Store) -> None:
        """Make the arrays known before the first call of `run`."""
        ...

    def run(self, assignments: Sequence[Assignment]) -> list[Outcome]:
        """One outcome an assignment, in order."""
        ...

    def close(self) -> None:
        """Let go of processes."""
        ...
