"""Learner: trains and asks models of any paradigm, in cohorts where that is faster."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fedkd.errors import ArchitectureError
from fedkd.learning.executor import FEATURES_OF, Assignment, Outcome, inputs_of
from fedkd.learning.forest import predict_forest, train_forest
from fedkd.learning.job import Job, Model, Store
from fedkd.learning.network import ask_network, train_networks
from fedkd.models import is_forest, vectorises


@dataclass(frozen=True)
class Learner:
    """The one local step of the project, whoever calls it: a simulated cohort, a server, a real client.

    Attributes:
        input_shape: Shape of one sample.
        classes: Number of classes C.
        cohort: Most members that train in one program; 1 forces the loop.
        device: torch device.
    """

    input_shape: tuple[int, ...]
    classes: int
    cohort: int = 10
    device: str = "cpu"

    def groups(self, assignments: Sequence[Assignment]) -> list[list[int]]:
        """Positions of assignments to run together: equal architecture, age, batches and objectives.

        The cut depends on the assignments alone, never on the number of processes, so results do not either.
        """
        alike: dict[object, list[int]] = {}
        for i, a in enumerate(assignments):
            alike.setdefault((a.model.spec, a.model.steps, tuple(map(_layout, a.jobs))), []).append(i)
        cut: list[list[int]] = []
        for members in alike.values():
            size = self._size(assignments[members[0]])
            # Even slices (10 + 10 rather than 16 + 4), so that workers share the load.
            pieces = np.array_split(members, -(-len(members) // size))
            cut += [[int(i) for i in piece] for piece in pieces]
        return cut

    def _size(self, assignment: Assignment) -> int:
        spec = assignment.model.spec
        batch = max((sum(f.rows.shape[1] for f in job.feeds) for job in assignment.jobs), default=0)
        if not batch or is_forest(spec):
            return 1
        return self.cohort if vectorises(spec, self.input_shape, self.classes, batch) else 1

    def work(self, group: Sequence[Assignment], store: Store) -> list[Outcome]:
        """Run one group, as `groups` returns it."""
        models = [a.model for a in group]
        started = time.process_time()
        for stage in range(len(group[0].jobs)):
            models = self._train(models, [a.jobs[stage] for a in group], store)
        cpu_s = (time.process_time() - started) / len(group) if group[0].jobs else 0.0
        return [
            Outcome(model, {asked: self._answer(model, asked, store) for asked in a.asks}, cpu_s)
            for model, a in zip(models, group, strict=True)
        ]

    def _train(self, models: Sequence[Model], jobs: Sequence[Job], store: Store) -> list[Model]:
        if is_forest(models[0].spec):
            return [
                train_forest(m, j, store, self.input_shape, self.classes) for m, j in zip(models, jobs, strict=True)
            ]
        return train_networks(models, jobs, store, self.input_shape, self.classes, self.device)

    def _answer(self, model: Model, asked: str, store: Store) -> NDArray[np.float32]:
        if asked.startswith(FEATURES_OF):
            return self.features(model, store[inputs_of(asked)])
        return self.predict(model, store[asked])

    def features(self, model: Model, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the network's head sees, [N, F].

        Raises:
            ArchitectureError: The model is no network.
        """
        if is_forest(model.spec):
            raise ArchitectureError(f"{model.spec.name} has no features", "search among networks for this method")
        return ask_network(model, inputs, self.input_shape, self.classes, self.device)[1]

    def predict(self, model: Model, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logits [N, C]."""
        if not len(inputs):
            return np.zeros((0, self.classes), np.float32)
        if is_forest(model.spec):
            return predict_forest(model, inputs, self.input_shape, self.classes)
        return ask_network(model, inputs, self.input_shape, self.classes, self.device)[0]


def _layout(job: Job) -> object:
    feeds = tuple((f.rows.shape, f.objective, f.view, tuple(sorted(f.targets))) for f in job.feeds)
    return job.optimizer, job.learning_rates, job.pull, feeds
