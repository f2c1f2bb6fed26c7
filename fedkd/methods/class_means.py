"""Means by class, which some methods exchange instead of labels of public samples: they need no public set."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fedkd.knowledge import Kind, Knowledge
from fedkd.methods.method import Profile

Table = NDArray[np.float32]


def class_means(values: Table, labels: NDArray[np.int64], sender: str, round_: int, print_: str) -> Knowledge:
    """The mean of `values` [N, F] over the samples of each class that occurs in `labels` [N]; rows are class ids."""
    classes = np.unique(labels)
    means = np.stack([values[labels == c].mean(axis=0, dtype=np.float64) for c in classes]).astype(np.float32)
    return Knowledge(Kind.PROTOTYPES, {"values": means}, classes.astype(np.int64), sender, round_, print_)


class Tally:
    """Sums of what sites say of each class.

    Args:
        contributions: Means by class, all with F columns.
        classes: Number of classes C.
    """

    def __init__(self, contributions: Sequence[Knowledge], classes: int) -> None:
        columns = contributions[0].arrays["values"].shape[1]
        self.total = np.zeros((classes, columns), np.float64)
        self.count = np.zeros(classes, np.int64)
        self.said = {k.sender: k for k in contributions}
        for knowledge in contributions:
            self.total[knowledge.rows] += knowledge.arrays["values"]
            self.count[knowledge.rows] += 1

    def message(self, round_: int, print_: str, without: Profile | None = None) -> Knowledge | None:
        """Means over sites of the classes that anybody spoke of; without one site, if it is named.

        Returns:
            None if nobody spoke of any class.
        """
        total, count = self.total.copy(), self.count.copy()
        own = self.said.get(without.name) if without else None
        if own is not None:
            total[own.rows] -= own.arrays["values"]
            count[own.rows] -= 1
        classes = np.flatnonzero(count)
        if not len(classes):
            return None
        means = (total[classes] / count[classes, None]).astype(np.float32)
        return Knowledge(Kind.PROTOTYPES, {"values": means}, classes.astype(np.int64), "server", round_, print_)


def by_label(knowledge_rows: NDArray[np.int64], means: Table, labels: NDArray[np.int64]) -> tuple[Table, Table]:
    """For each label, its class's mean and whether there is one.

    Args:
        knowledge_rows: [R] class ids.
        means: [R, F] their means.
        labels: [N].

    Returns:
        [N, F] means, zero where there is none; [N] 1 where there is one and 0 elsewhere.
    """
    classes = max(int(labels.max(initial=0)), int(knowledge_rows.max(initial=0))) + 1
    table = np.zeros((classes, means.shape[1]), np.float32)
    known = np.zeros(classes, np.float32)
    table[knowledge_rows], known[knowledge_rows] = means, 1
    return table[labels], known[labels]
