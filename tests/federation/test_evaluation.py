"""Figures of a round, by hand."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from fedkd.federation.evaluation import Evaluation
from fedkd.learning import Assignment, Model, Outcome
from fedkd.methods import ClientState
from fedkd.models import ArchSpec
from fedkd.tasks import Classification

from .cases import make_site

SPEC, OTHER = ArchSpec.of("mlp", hidden=()), ArchSpec.of("mlp", hidden=(3,))
LABELS = np.array([0, 0, 1, 1])
VALIDATION = np.array([0, 0, 0, 1])


def says(*classes: int) -> np.ndarray:
    return np.eye(2, dtype=np.float32)[list(classes)] * 9


@dataclass
class Oracle:
    """Answers for the model whose only weight is the number `i` with the i-th of its answers."""

    answers: list[dict[str, np.ndarray]]
    asked: int = 0

    def run(self, assignments: list[Assignment]) -> list[Outcome]:
        self.asked += len(assignments)
        return [Outcome(a.model, self.answers[int(a.model.arrays["w"][0])], 0.0) for a in assignments]


def model(number: int, spec: ArchSpec = SPEC) -> Model:
    return Model(spec, {"w": np.array([number], np.float32)})


def site(name: str, number: int, histogram: list[int], spec: ArchSpec = SPEC, validation: int = 2):
    made = make_site(name, 1, 1e6, ready_us=77)
    profile = SimpleNamespace(name=name, spec=spec)
    data = SimpleNamespace(histogram=np.array(histogram), validation=range(validation))
    return type(made)(profile, data, made.device, 1, ClientState(model(number, spec)), 77)


def rows(sites, students, answers, trained, validation=VALIDATION):
    oracle = Oracle(answers)
    evaluation = Evaluation(Classification(), oracle, LABELS, validation)
    named = dict(zip(("a", "b"), trained, strict=False))
    return evaluation.rows(sites, students, 4, named, {"a": 10, "b": 20}, {"a": 30, "b": 40}), oracle


ANSWERS = [
    # Right on class 0 alone; on validation right on one of three and on the one of class 1.
    {"test": says(0, 0, 0, 0), "validation": says(0, 1, 1, 1)},
    # Right on class 1 and half of class 0.
    {"test": says(0, 1, 1, 1), "validation": says(0, 0, 0, 0)},
    # The student: right on everything.
    {"test": says(0, 0, 1, 1), "validation": says(0, 0, 0, 1)},
]


def test_every_figure_of_two_sites():
    sites = [site("a", 0, [3, 1]), site("b", 1, [1, 3])]

    (a, b), _ = rows(sites, {SPEC: model(2)}, ANSWERS, [says(0, 0, 1, 1), says(1, 0, 0, 0)])

    assert a == {
        "round": 4,
        "site": "a",
        "network": SPEC.name,
        "global_accuracy": 0.5,
        "local_accuracy": 0.75,
        "local_prior_accuracy": 0.75,
        "trained_accuracy": 1.0,
        "validation_accuracy": pytest.approx((1 / 3 + 1) / 2),
        "own_validation_accuracy": 0.5,
        "student_accuracy": 1.0,
        "bytes_up": 10,
        "bytes_down": 30,
        "virtual_time_us": 77,
    }
    assert (b["global_accuracy"], b["local_accuracy"], b["trained_accuracy"]) == (0.75, 0.875, 0.25)
    # Its own samples are the last two, of both classes; it is right on one.
    assert b["own_validation_accuracy"] == 0.5
    assert (b["validation_accuracy"], b["bytes_up"], b["bytes_down"]) == (0.5, 20, 40)


def test_a_site_without_a_student_of_its_kind_has_no_such_figure():
    sites = [site("a", 0, [1, 1]), site("b", 1, [1, 1], OTHER)]

    (a, b), _ = rows(sites, {SPEC: model(2)}, ANSWERS, [says(0, 0, 0, 0)] * 2)

    assert (a["student_accuracy"], b["student_accuracy"]) == (1.0, None)


def test_a_site_that_took_no_part_has_bytes_of_zero_and_no_trained_accuracy():
    sites = [site("a", 0, [1, 1]), site("b", 1, [1, 1])]
    evaluation = Evaluation(Classification(), Oracle(ANSWERS), LABELS, VALIDATION)

    a, b = evaluation.rows(sites, {}, 4, {"a": says(0, 0, 0, 0)}, {"a": 10}, {"a": 5}, frozenset({"b"}))

    assert (a["trained_accuracy"], a["bytes_up"], a["bytes_down"], a["attacker"]) == (0.5, 10, 5, 0)
    assert (b["trained_accuracy"], b["bytes_up"], b["bytes_down"], b["attacker"]) == (None, 0, 0, 1)
    assert b["global_accuracy"] == 0.75


def test_equal_networks_are_asked_once():
    sites = [site("a", 0, [1, 1]), site("b", 0, [1, 3])]

    (a, b), oracle = rows(sites, {}, ANSWERS, [says(0, 0, 0, 0)] * 2)

    assert oracle.asked == 1
    assert a["global_accuracy"] == b["global_accuracy"] == 0.5
    assert (a["local_accuracy"], b["local_accuracy"]) == (0.5, 0.25)


def test_without_validation_samples_there_is_no_such_figure():
    answers = [{**answer, "validation": np.zeros((0, 2), np.float32)} for answer in ANSWERS]

    sites = [site("a", 0, [1, 1], validation=0), site("b", 1, [1, 1], validation=0)]

    (a, _), _ = rows(sites, {}, answers, [says(0, 0, 0, 0)] * 2, np.zeros(0, np.int64))

    assert a["validation_accuracy"] is None
    assert a["own_validation_accuracy"] is None
    assert a["global_accuracy"] == 0.5
