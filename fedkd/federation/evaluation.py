"""Figures of a round: what each site's network is worth, and what it cost to get there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fedkd.federation.site import Site
from fedkd.learning import Assignment, Executor, Model
from fedkd.models import ArchSpec, fingerprint
from fedkd.tasks import Task

Logits = NDArray[np.float32]


@dataclass(frozen=True)
class Evaluation:
    """Evaluates sites on the test set and on everybody's validation samples.

    Attributes:
        task: Computes the figures.
        executor: Asks models.
        test_labels: [N] of the test set.
        validation_labels: [V] of all sites' validation samples together.
    """

    task: Task
    executor: Executor
    test_labels: NDArray[np.int64]
    validation_labels: NDArray[np.int64]

    def rows(
        self,
        sites: Sequence[Site],
        students: Mapping[ArchSpec, Model],
        round_: int,
        trained: Sequence[Logits],
        bytes_up: Sequence[int],
        bytes_down: Sequence[int],
    ) -> tuple[dict[str, object], ...]:
        """One row a site. All figures follow from the seed.

        `validation_accuracy` is over the validation samples of all sites together, which only a simulation can know;
        `own_validation_accuracy` over the site's own, which is all that the site itself may act on.

        Args:
            sites: After the round.
            students: The server's own networks after the round.
            round_: Number of the round.
            trained: Test logits of each site after its local step, before it absorbed anything.
            bytes_up: Sent by each site in this round.
            bytes_down: Received by each site in this round.
        """
        now = self._ask([site.state.model for site in sites])
        student_logits = dict(zip(students, self._ask(list(students.values())), strict=True))
        # The samples of all sites lie one after the other.
        ends = np.cumsum([len(site.data.validation) for site in sites])
        rows: list[dict[str, object]] = []
        for i, site in enumerate(sites):
            own = slice(ends[i] - len(site.data.validation), ends[i])
            histogram = site.data.histogram
            scores = self.task.scores(now[i][0], self.test_labels, histogram)
            before = self.task.scores(trained[i], self.test_labels, histogram)
            rows.append(
                {
                    "round": round_,
                    "site": site.profile.name,
                    "network": site.profile.spec.name,
                    **scores,
                    "trained_accuracy": before["global_accuracy"],
                    "validation_accuracy": _balanced(now[i][1], self.validation_labels),
                    "own_validation_accuracy": _balanced(now[i][1][own], self.validation_labels[own]),
                    "student_accuracy": self._student(student_logits, site.profile.spec, histogram),
                    "bytes_up": bytes_up[i],
                    "bytes_down": bytes_down[i],
                    "virtual_time_us": site.ready_us,
                }
            )
        return tuple(rows)

    def _ask(self, models: Sequence[Model]) -> list[tuple[Logits, Logits]]:
        # After a hand-down many sites carry the same weights: each network is asked once.
        unique = {fingerprint(m.arrays, m.spec): m for m in models}
        outcomes = self.executor.run([Assignment(m, (), ("test", "validation")) for m in unique.values()])
        answers = {key: (o.logits["test"], o.logits["validation"]) for key, o in zip(unique, outcomes, strict=True)}
        return [answers[fingerprint(m.arrays, m.spec)] for m in models]

    def _student(
        self, logits: dict[ArchSpec, tuple[Logits, Logits]], spec: ArchSpec, histogram: NDArray[np.int64]
    ) -> float | None:
        if spec not in logits:
            return None
        return self.task.scores(logits[spec][0], self.test_labels, histogram)["global_accuracy"]


def _balanced(logits: Logits, labels: NDArray[np.int64]) -> float | None:
    # Validation samples follow the sites' data, so some classes may be missing: mean over those present.
    if not len(labels):
        return None
    hits = logits.argmax(-1) == labels
    return float(np.mean([hits[labels == c].mean() for c in np.unique(labels)]))
