"""What a site says of its own network, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.federation.self_evaluation import TEST, SelfEvaluation
from fedkd.tasks import Classification

NOBODY = np.array([], np.int64)
# Logits whose largest entry names the class.
RIGHT_0, RIGHT_1 = [2.0, 0.0], [0.0, 2.0]


def answers(*rows):
    return np.array(rows, np.float32)


@pytest.fixture
def task():
    return Classification()


def evaluation(task, validation=NOBODY, test=None, histogram=(3, 1)):
    return SelfEvaluation(task, np.array(histogram, np.int64), np.array(validation, np.int64), test)


def test_asks_only_about_samples_that_there_are(task):
    labels = np.array([0, 1])

    assert evaluation(task).asks("a") == ()
    assert evaluation(task, [0]).asks("a") == ("a/validation",)
    assert evaluation(task, test=labels).asks("a") == (TEST,)
    assert evaluation(task, [0], labels).asks("a") == ("a/validation", TEST)


def test_validation_accuracy_is_the_mean_over_classes(task):
    # Class 0: two of three are right; class 1: its one sample is. (2/3 + 1) / 2 = 5/6.
    said = {"a/validation": answers(RIGHT_0, RIGHT_0, RIGHT_1, RIGHT_1)}

    figures = evaluation(task, [0, 0, 0, 1]).figures("a", said)

    assert figures == {"own_validation_accuracy": pytest.approx(5 / 6)}


def test_a_site_without_samples_to_spare_says_nothing(task):
    assert evaluation(task).figures("a", {}) == {}
    assert evaluation(task).trained({}) == {}


def test_scores_on_a_shared_test_set(task):
    # Class 0: one of two is right; class 1: both are. Global: (1/2 + 1) / 2; local: 3/4 * 1/2 + 1/4 * 1.
    labels = np.array([0, 0, 1, 1])
    said = {TEST: answers(RIGHT_0, RIGHT_1, RIGHT_1, RIGHT_1)}

    figures = evaluation(task, test=labels).figures("a", said)

    assert figures["global_accuracy"] == pytest.approx(0.75)
    assert figures["local_accuracy"] == pytest.approx(0.625)
    assert "own_validation_accuracy" not in figures


def test_right_after_training_there_is_one_figure(task):
    labels = np.array([0, 1])

    trained = evaluation(task, [0], labels).trained({TEST: answers(RIGHT_0, RIGHT_0)})

    assert trained == {"trained_accuracy": 0.5}


def test_both_kinds_of_figures_come_together(task):
    labels = np.array([0, 1])
    said = {"a/validation": answers(RIGHT_1), TEST: answers(RIGHT_0, RIGHT_1)}

    figures = evaluation(task, [0], labels, histogram=(1, 1)).figures("a", said)

    assert (figures["own_validation_accuracy"], figures["global_accuracy"]) == (0.0, 1.0)
