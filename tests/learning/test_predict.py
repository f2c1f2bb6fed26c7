"""Asking models."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.learning import Assignment, Learner
from fedkd.learning.network import ask_network

from .cases import CLASSES, CNN, FOREST, GRU, MLP, SHAPES, make_assignment, make_model, make_store


@pytest.mark.parametrize("spec", [CNN, MLP, GRU], ids=lambda s: s.family)
def test_answers_do_not_depend_on_the_size_of_the_pieces(spec):
    inputs = make_store(SHAPES[spec])["public"]

    whole = ask_network(make_model(spec, 0), inputs, SHAPES[spec], CLASSES)[0]
    pieces = ask_network(make_model(spec, 0), inputs, SHAPES[spec], CLASSES, batch=7)[0]

    assert whole.shape == (24, CLASSES)
    np.testing.assert_allclose(whole, pieces, atol=1e-6)


def test_a_network_is_asked_in_evaluation_mode():
    spec = type(CNN).of("irnet", width=4, expansion=1, depth=2, norm="batch")
    SHAPES.setdefault(spec, (1, 8, 8))
    inputs = make_store(SHAPES[spec])["public"]

    alone = ask_network(make_model(spec, 0), inputs[:1], SHAPES[spec], CLASSES)[0]

    # With statistics of the batch, one sample would be answered otherwise than among others.
    np.testing.assert_allclose(ask_network(make_model(spec, 0), inputs, SHAPES[spec], CLASSES)[0][:1], alone, atol=1e-6)


@pytest.mark.parametrize("spec", [MLP, FOREST], ids=lambda s: s.family)
def test_no_question_no_answer(spec):
    said = Learner(SHAPES[spec], CLASSES).predict(make_model(spec, 0), np.zeros((0, *SHAPES[spec]), np.float32))

    assert said.shape == (0, CLASSES)


def test_a_model_is_asked_after_its_jobs():
    learner, store = Learner(SHAPES[MLP], CLASSES), make_store(SHAPES[MLP])
    assignment = make_assignment(MLP, 0)

    outcome = learner.work([assignment], store)[0]

    np.testing.assert_array_equal(outcome.answers["public"], learner.predict(outcome.model, store["public"]))
    assert not np.array_equal(outcome.answers["public"], learner.predict(assignment.model, store["public"]))
    assert outcome.train_cpu_s > 0


def test_asking_costs_no_training():
    learner, store = Learner(SHAPES[MLP], CLASSES), make_store(SHAPES[MLP])

    outcome = learner.work([Assignment(make_model(MLP, 0), (), ("public", "0/inputs"))], store)[0]

    assert outcome.train_cpu_s == 0
    assert set(outcome.answers) == {"public", "0/inputs"}
