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
        trained: Mapping[str, Logits],
        bytes_up: Mapping[str, int],
        bytes_down: Mapping[str, int],
        attackers: frozenset[str] = frozenset(),
    ) -> tuple[dict[str, object], ...]:
        """One row a site. All figures follow from the seed.

        `validation_accuracy` is over the validation samples of all sites together, which only a simulation can know;
        `own_validation_accuracy` over the site's own, which is all that the site itself may act on.

        Args:
            sites: After the round.
            students: The server's own networks after the round.
            round_: Number of the round.
            trained: Test logits of the sites that took part, after their local step, before they absorbed anything.
            bytes_up: Sent by sites in this round.
            bytes_down: Received by sites in this round.
            attackers: Sites that lie; where there are any, a column marks them.
        """
        now = self._ask([site.state.model for site in sites])
        asked = self._ask(list(students.values()))
        student_logits = {spec: test for spec, (test, _) in zip(students, asked, strict=True)}
        # The samples of all sites lie one after the other.
        ends = np.cumsum([len(site.data.validation) for site in sites])
        rows: list[dict[str, object]] = []
        for i, site in enumerate(sites):
            own = slice(ends[i] - len(site.data.validation), ends[i])
            histogram = site.data.histogram
            scores = self.task.scores(now[i][0], self.test_labels, histogram)
            name = site.profile.name
            rows.append(
                {
                    "round": round_,
                    "site": name,
                    "network": site.profile.spec.name,
                    **scores,
                    "trained_accuracy": self._global(trained.get(name), histogram),
                    "validation_accuracy": balanced(now[i][1], self.validation_labels),
                    "own_validation_accuracy": balanced(now[i][1][own], self.validation_labels[own]),
                    "student_accuracy": self._global(student_logits.get(site.profile.spec), histogram),
                    "bytes_up": bytes_up.get(name, 0),
                    "bytes_down": bytes_down.get(name, 0),
                    "virtual_time_us": site.ready_us,
                    **({"attacker": int(name in attackers)} if attackers else {}),
                }
            )
        return tuple(rows)

    def _ask(self, models: Sequence[Model]) -> list[tuple[Logits, Logits]]:
        # After a hand-down many sites carry the same weights: each network is asked once.
        keys = [fingerprint(m.arrays, m.spec) for m in models]
        unique = dict(zip(keys, models, strict=True))
        outcomes = self.executor.run([Assignment(m, (), ("test", "validation")) for m in unique.values()])
        answers = {key: (o.answers["test"], o.answers["validation"]) for key, o in zip(unique, outcomes, strict=True)}
        return [answers[key] for key in keys]

    def _global(self, logits: Logits | None, histogram: NDArray[np.int64]) -> float | None:
        return None if logits is None else self.task.scores(logits, self.test_labels, histogram)["global_accuracy"]


def balanced(logits: Logits, labels: NDArray[np.int64]) -> float | None:
    """Mean over the classes that are there of the accuracy on each; None without samples."""
    # Validation samples follow the sites' data, so some classes may be missing: mean over those present.
    if not len(labels):
        return None
    hits = logits.argmax(-1) == labels
    return float(np.mean([hits[labels == c].mean() for c in np.unique(labels)]))
