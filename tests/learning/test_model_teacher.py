"""Trained models as teachers, whatever their kind."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.distill import LABEL, Teacher, hard_labels
from fedkd.errors import InvalidValuesError
from fedkd.learning import Feed, Job, Learner, Model, Optimizer, fresh_model
from fedkd.learning.forest import train_forest
from fedkd.learning.model_teacher import ModelTeacher
from fedkd.models import ArchSpec

from .cases import CLASSES, CNN, FOREST, MLP, SHAPES, generator, make_model

LINEAR = ArchSpec.of("mlp", hidden=())


def linear() -> Model:
    """A network whose logits are (ln 9) x and 0."""
    model = fresh_model(LINEAR, (1,), 2, seed=0)
    arrays = {name: np.zeros_like(array) for name, array in model.arrays.items()}
    weight = next(name for name, array in arrays.items() if array.shape == (2, 1))
    arrays[weight][0, 0] = np.log(9)
    return model.reset(arrays)


def test_a_network_says_its_probabilities():
    teacher = ModelTeacher(linear(), (1,), 2)

    said = teacher.annotate(np.float32([[0], [1], [-1]]))

    assert isinstance(teacher, Teacher)
    assert said.dtype == np.float32
    np.testing.assert_allclose(said, [[0.5, 0.5], [0.9, 0.1], [0.1, 0.9]], rtol=1e-5)


def test_a_temperature_softens_them():
    # The root of nine to one is three to one.
    said = ModelTeacher(linear(), (1,), 2, temperature=2.0).annotate(np.float32([[1]]))

    np.testing.assert_allclose(said, [[0.75, 0.25]], rtol=1e-5)


def test_a_forest_is_as_good_a_teacher():
    store = {"all": np.repeat(np.float32([[0], [10]]), 30, axis=0)}
    feed = Feed("all", {LABEL: np.repeat([0, 2], 30)}, np.arange(60)[None], hard_labels())
    untaught = Model(ArchSpec.of("forest", trees=20, depth=3), {})
    grown = train_forest(untaught, Job((feed,), Optimizer(), seed=1), store, (1,), CLASSES)

    said = ModelTeacher(grown, (1,), CLASSES).annotate(np.float32([[0], [10]]))

    np.testing.assert_allclose(said, [[1, 0, 0], [0, 0, 1]], atol=1e-5)


@pytest.mark.parametrize("spec", [CNN, MLP, FOREST], ids=lambda spec: spec.family)
def test_it_agrees_with_the_learner(spec):
    inputs = generator(5).standard_normal((7, *SHAPES[spec])).astype(np.float32)
    model = make_model(spec, 1)

    said = ModelTeacher(model, SHAPES[spec], CLASSES).annotate(inputs)

    logits = Learner(SHAPES[spec], CLASSES).predict(model, inputs)
    np.testing.assert_allclose(said, np.exp(logits) / np.exp(logits).sum(1, keepdims=True), rtol=1e-5)
    assert ModelTeacher(model, SHAPES[spec], CLASSES).annotate(inputs[:0]).shape == (0, CLASSES)


def test_inputs_of_another_shape_are_refused():
    with pytest.raises(InvalidValuesError, match=r"shape \[5\], not \[1\]"):
        ModelTeacher(make_model(FOREST, 0), SHAPES[FOREST], CLASSES).annotate(np.zeros((2, 1), np.float32))


@pytest.mark.parametrize(("classes", "temperature"), [(1, 1.0), (2, 0.0)])
def test_impossible_settings_are_refused(classes, temperature):
    with pytest.raises(ValueError, match="must be"):
        ModelTeacher(linear(), (1,), classes, temperature)
