"""The small sets of scikit-learn."""

from __future__ import annotations

import pytest

from fedkd.data.sources import SklearnTable
from fedkd.errors import OutOfRangeError


@pytest.mark.parametrize(
    ("name", "shape", "classes"),
    [("digits", (1797, 1, 8, 8), 10), ("breast_cancer", (569, 30), 2), ("wine", (178, 13), 3)],
)
def test_shapes_and_classes(name, shape, classes):
    corpus = SklearnTable(name).load()
    assert corpus.train.inputs.shape == shape
    assert corpus.classes == classes
    assert corpus.name == name


def test_digits_run_from_minus_one_to_one():
    inputs = SklearnTable("digits").load().train.inputs
    assert inputs.min() == -1
    assert inputs.max() == 1


def test_names_must_be_known():
    with pytest.raises(OutOfRangeError, match=r"source\.name is 'iris'"):
        SklearnTable("iris")
