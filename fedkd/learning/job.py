"""Jobs: everything one local step needs, decided beforehand.

Which samples a step sees is drawn before training from named streams, so a job gives the same weights
whether it runs alone, in a cohort, in another process or after a resume.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedkd.data.views import View
from fedkd.distill.objective import Objective
from fedkd.models import ArchSpec

Store = dict[str, NDArray[Any]]
"""Large arrays by name, known to every worker: each is sent to a worker once, not once a job."""

Arrays = dict[str, NDArray[Any]]

Targets = dict[str, NDArray[np.generic] | str]
"""By target name, arrays or keys into the Store."""


@dataclass(frozen=True)
class Model:
    """A network with its training state, as plain arrays.

    Attributes:
        spec: Names the architecture.
        arrays: Weights and buffers by name.
        optimizer: Optimiser slots, keyed `slot/parameter`; empty when fresh.
        steps: Steps since the optimiser was fresh.
    """

    spec: ArchSpec
    arrays: Arrays
    optimizer: Arrays = field(default_factory=dict)
    steps: int = 0

    def reset(self, arrays: Arrays) -> Model:
        """The same architecture with other weights and a fresh optimiser."""
        return Model(self.spec, arrays)


@dataclass(frozen=True)
class Optimizer:
    """An optimiser and its settings.

    Attributes:
        kind: `adam` (Kingma and Ba, 2015) or `sgd` with momentum.
        learning_rate: Step size.
        momentum: Of `sgd`; Adam's betas keep their usual values.
    """

    kind: str = "adam"
    learning_rate: float = 2e-3
    momentum: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in ("adam", "sgd"):
            raise ValueError(f"optimizer kind {self.kind!r} is neither adam nor sgd")
        if self.learning_rate <= 0 or not 0 <= self.momentum < 1:
            raise ValueError("an optimizer needs learning_rate > 0 and 0 <= momentum < 1")


@dataclass(frozen=True)
class Feed:
    """One source of batches.

    Attributes:
        inputs: Key into the Store, [N, ...] float32.
        targets: By target name, [N, ...] arrays or keys into the Store; row i belongs to input i modulo the
            targets' length, so that augmented copies of a set share its targets.
        rows: [steps, B] int64, the samples of each step.
        objective: What the network is asked to match on them.
        view: Varies every sample anew each time it is drawn; None takes samples as they are.
        seed: Seed of the view's draws.
    """

    inputs: str
    targets: Mapping[str, NDArray[np.generic] | str]
    rows: NDArray[np.int64]
    objective: Objective
    view: View | None = None
    seed: int = 0


@dataclass(frozen=True)
class Job:
    """A number of steps over one or several feeds at once; the losses of a step are added up.

    Attributes:
        feeds: All with the same number of steps.
        optimizer: How to step.
        learning_rates: [steps] float, overrides the optimiser's rate step by step where given.
        seed: For learners that draw while they fit (forests).
        pull: Weight mu of the proximal term mu / 2 |w - anchor|^2, 0 for none (networks only).
        anchor: Weights that `pull` pulls towards; those that the job starts from where it is empty.
    """

    feeds: tuple[Feed, ...]
    optimizer: Optimizer
    learning_rates: tuple[float, ...] = ()
    seed: int = 0
    pull: float = 0.0
    anchor: Arrays = field(default_factory=dict)

    @property
    def steps(self) -> int:
        """Number of optimiser steps."""
        return len(self.feeds[0].rows)

    @property
    def samples(self) -> int:
        """Samples that pass through the network, forward and backward."""
        return sum(feed.rows.size for feed in self.feeds)


def draw_rows(rng: np.random.Generator, samples: int, steps: int, batch: int) -> NDArray[np.int64]:
    """Rows [steps, batch] of shuffled passes over `samples`: each sample is seen equally often, within one."""
    needed = steps * batch
    passes = [rng.permutation(samples) for _ in range(max(-(-needed // samples), 1))]
    return np.concatenate(passes)[:needed].reshape(steps, batch).astype(np.int64)
