"""Classification: its figures by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.distill import hard_labels
from fedkd.knowledge import Kind
from fedkd.search import StandardSpace
from fedkd.tasks import Classification, Task
from fedkd.tasks.classification import per_class_accuracy

TASK = Classification()
# Two samples of each of three classes. Right: both of 0, one of 1, none of 2.
LABELS = np.array([0, 0, 1, 1, 2, 2])
SAID = np.array([0, 0, 1, 0, 0, 1])


def logits(margin: float) -> np.ndarray:
    """What SAID says, by `margin` over the other classes; the samples of class 2 have class 2 second."""
    table = np.zeros((6, 3), np.float32)
    table[np.arange(6), SAID] = margin
    return table


def test_it_is_a_task():
    assert isinstance(TASK, Task)
    assert TASK.space == StandardSpace()
    assert TASK.supervised(0.5) == hard_labels(0.5)
    assert {Kind.PROBS, Kind.LOGITS, Kind.WEIGHTS, Kind.UPDATE} <= set(TASK.kinds)


def test_accuracy_of_each_class():
    assert per_class_accuracy(SAID, LABELS, 3).tolist() == [1, 0.5, 0]


def test_global_accuracy_weighs_classes_alike():
    uneven = np.array([0, 0, 0, 0, 1, 1])

    scores = TASK.scores(np.eye(2, dtype=np.float32)[[0, 0, 0, 0, 0, 1]], uneven, np.array([1, 1]))

    assert scores["global_accuracy"] == 0.75


def test_local_accuracy_weighs_classes_as_the_site_has_them():
    scores = TASK.scores(logits(9), LABELS, np.array([1, 3, 0]))

    assert scores["global_accuracy"] == 0.5
    # 1/4 of class 0 at 1, 3/4 of class 1 at 0.5.
    assert scores["local_accuracy"] == pytest.approx(0.625)


def test_the_prior_of_the_site_decides_where_the_network_is_unsure():
    # Counts (0, 0, 3) give the smoothed prior (0.5, 0.5, 3.5) / 4.5: class 2 leads by ln 7 = 1.946.
    only_last = np.array([0, 0, 3])

    unsure = TASK.scores(logits(1.9), LABELS, only_last)
    sure = TASK.scores(logits(2.0), LABELS, only_last)

    assert unsure["local_accuracy"] == sure["local_accuracy"] == 0
    assert unsure["local_prior_accuracy"] == 1
    assert sure["local_prior_accuracy"] == 0
    assert unsure["global_accuracy"] == sure["global_accuracy"] == 0.5


def test_an_even_site_changes_nothing():
    scores = TASK.scores(logits(0.1), LABELS, np.array([5, 5, 5]))

    assert scores["global_accuracy"] == scores["local_prior_accuracy"] == 0.5
    assert scores["local_accuracy"] == pytest.approx(0.5)


def test_a_site_without_samples_scores_nothing_of_its_own():
    scores = TASK.scores(logits(1), LABELS, np.zeros(3, np.int64))

    assert scores["local_accuracy"] == 0
    assert scores["global_accuracy"] == 0.5
