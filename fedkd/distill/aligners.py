"""Aligners (extension point E4): maps between unlike output spaces of teacher and student."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


@runtime_checkable
class Aligner(Protocol):
    """Brings what a teacher says into the student's space."""

    def __call__(self, table: NDArray[np.float32]) -> NDArray[np.float32]:
        """A table [N, C_student] for a table [N, C_teacher]."""
        ...


@dataclass(frozen=True)
class LabelMap:
    """Probabilities over one set of classes as probabilities over another, by a fixed map of classes.

    In the spirit of X-Token (arXiv 2605.21699), with the projection given instead of derived from tokenizers: a
    fine class adds its mass to its coarse one, a coarse class shares its mass evenly among its fine ones.

    Attributes:
        pairs: (teacher's class, student's class), each at most once.
        classes: Number of the student's classes.
    """

    pairs: tuple[tuple[int, int], ...]
    classes: int

    def __post_init__(self) -> None:
        if len(set(self.pairs)) < len(self.pairs) or not self.pairs:
            raise ValueError("a label map needs at least one pair, and each at most once")
        if any(min(pair) < 0 or pair[1] >= self.classes for pair in self.pairs):
            raise ValueError(f"a label map names classes outside 0 to {self.classes - 1}")

    def __call__(self, table: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities [N, classes]; mass of the teacher's classes without a partner is shared in proportion."""
        projection = np.zeros((table.shape[1], self.classes), np.float32)
        for teacher, student in self.pairs:
            projection[teacher, student] = 1
        projection /= np.maximum(projection.sum(1, keepdims=True), 1)
        mapped = table @ projection
        return np.asarray(mapped / np.maximum(mapped.sum(1, keepdims=True), 1e-12), np.float32)
