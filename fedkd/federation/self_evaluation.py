"""What a site can say of its own network: figures on the samples that it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fedkd.federation.evaluation import balanced
from fedkd.tasks import Task

TEST = "test"
"""Name of the test set among the arrays that an executor knows."""

Answers = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class SelfEvaluation:
    """Figures of one site.

    Attributes:
        task: Computes them.
        histogram: [C] samples of each class that the site has.
        validation_labels: [V] of the samples that it keeps aside.
        test_labels: [N] of a test set that everyone was given; None where there is none.
    """

    task: Task
    histogram: NDArray[np.int64]
    validation_labels: NDArray[np.int64]
    test_labels: NDArray[np.int64] | None = None

    def asks(self, site: str) -> tuple[str, ...]:
        """What to ask its network about."""
        own = (f"{site}/validation",) if len(self.validation_labels) else ()
        return (*own, *(() if self.test_labels is None else (TEST,)))

    def figures(self, site: str, answers: Answers) -> dict[str, float]:
        """What the answers are worth; a figure that cannot be known is left out."""
        found: dict[str, float] = {}
        if len(self.validation_labels):
            own = balanced(answers[f"{site}/validation"], self.validation_labels)
            assert own is not None, "there are samples"
            found["own_validation_accuracy"] = own
        if self.test_labels is not None:
            found |= self.task.scores(answers[TEST], self.test_labels, self.histogram)
        return found

    def trained(self, answers: Answers) -> dict[str, float]:
        """The same, right after training, before anything was taken in."""
        if self.test_labels is None:
            return {}
        return {
            "trained_accuracy": self.task.scores(answers[TEST], self.test_labels, self.histogram)["global_accuracy"]
        }
