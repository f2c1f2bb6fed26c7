"""Simplex: rounded rows sum to one again."""

import numpy as np
import pytest
from hypothesis import given

from fedkd.errors import CorruptMessageError, KnowledgeError
from fedkd.knowledge import Kind, Knowledge
from fedkd.wire import Chain, Spec, StageContext, WireContext
from fedkd.wire.stages import Int4, Int8, Simplex

from ..samples import probs, soft_labels, there_and_back


def restore(values):
    message = probs([[0.5, 0.5]] * len(values))
    coded = {"values": np.array(values, np.float32)}
    specs = {"values": Spec(np.dtype(np.float32), coded["values"].shape)}
    return Simplex().inverse(coded, specs, StageContext.of(message, WireContext()))["values"]


def test_rows_by_hand():
    restored = restore([[0.2, 0.2], [-0.1, 0.4], [0, 0], [0, -1]])

    np.testing.assert_allclose(restored, [[0.5, 0.5], [0, 1], [0.5, 0.5], [0.5, 0.5]])


@given(soft_labels())
@pytest.mark.parametrize(("stage", "step"), [(Int8(), 1 / 254), (Int4(), 1 / 14)])
def test_rounded_probabilities_are_probabilities(stage, step, values):
    received = there_and_back(probs(values), Simplex(), stage).arrays["values"]

    np.testing.assert_allclose(received.sum(axis=1), np.ones(len(values)), atol=1e-5)
    # Half a step a class, and what the division by the sum adds.
    assert np.abs(received - values).max(initial=0) <= step * (1 + values.shape[1]) + 1e-3


def test_only_probabilities_have_a_simplex():
    weights = Knowledge(Kind.WEIGHTS, {"w": np.ones((2, 2), np.float32)}, np.zeros(0, np.int64), "a", 1, "")

    with pytest.raises(KnowledgeError, match="simplex"):
        Chain((Simplex(),)).encode(weights, WireContext())


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_refused(value):
    with pytest.raises(CorruptMessageError):
        restore([[value, 0.5]])
