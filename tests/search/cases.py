"""Devices, candidates and trials whose every number is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from fedkd.models import ArchSpec, Cost, measure
from fedkd.search import Contest
from fedkd.search.budget import Candidate
from sim.device import Budget, DeviceProfile

FEATURES, CLASSES = 4, 3


def mlp(*hidden: int) -> ArchSpec:
    return ArchSpec.of("mlp", hidden=hidden)


def device(name: str = "phone", speed: float = 1e6, **limits: int) -> DeviceProfile:
    return DeviceProfile(name, speed, 1.0, Budget(**limits))


def candidate(spec: ArchSpec, **cost: int) -> Candidate:
    """A candidate with its real cost on FEATURES and CLASSES, or with the given figures."""
    given = {"parameters": 1, "macs": 1, "activation_bytes": 1, "layers": 1, **cost}
    return Candidate(spec, Cost(**given) if cost else measure(spec, (FEATURES,), CLASSES))


def contest(options: Sequence[Candidate], site: str = "site-00", validation: int = 100) -> Contest:
    return Contest(site, 50, np.zeros(validation, np.int64), tuple(options))


class FakeTrials:
    """Answers as if a network's validation accuracy were a number; keeps what it was asked.

    Args:
        accuracy: Of a network by its spec, or by site and spec, or by spec and rung.
    """

    def __init__(self, accuracy: Mapping[ArchSpec, float] | Callable[[str, ArchSpec, int], float]) -> None:
        self.accuracy = accuracy if callable(accuracy) else lambda site, spec, rung: accuracy[spec]
        self.asked: list[tuple[int, int, list[tuple[str, ArchSpec]]]] = []

    def __call__(self, entries: Sequence[tuple[Contest, Candidate]], steps: int, rung: int) -> list[np.ndarray]:
        self.asked.append((steps, rung, [(c.site, option.spec) for c, option in entries]))
        return [self._logits(c, self.accuracy(c.site, option.spec, rung)) for c, option in entries]

    def _logits(self, entered: Contest, accuracy: float) -> np.ndarray:
        count = len(entered.validation_labels)
        said = np.where(np.arange(count) < round(accuracy * count), 0, 1)
        return np.eye(CLASSES, dtype=np.float32)[said]


def no_trials(*_: object) -> list[np.ndarray]:
    raise AssertionError("nothing is to be trained")
