"""TopK."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedkd.errors import CorruptMessageError, KnowledgeError
from fedkd.wire import Chain, Spec, StageContext, WireContext
from fedkd.wire.stages import TopK

from ..samples import probs, soft_labels, softmax, there_and_back

SLACK = 1e-6  # float32


@given(soft_labels(), st.data())
def test_errors(values, data):
    samples, classes = values.shape
    k = data.draw(st.integers(1, classes))
    received = there_and_back(probs(values), TopK(k)).arrays["values"]
    largest = np.argsort(-values, axis=1, kind="stable")[:, :k]
    kept, expected = (np.take_along_axis(array, largest, axis=1) for array in (received, values))
    assert (np.abs(kept - expected) <= 1 / 255 + SLACK).all()
    assert (np.abs(kept.sum(axis=1) - expected.sum(axis=1)) <= 1 / 510 + 10 * SLACK).all()
    np.testing.assert_allclose(received.sum(axis=1), np.ones(samples), atol=1e-5)
    others = np.ones(values.shape, bool)
    np.put_along_axis(others, largest, values=False, axis=1)
    rest = received[others].reshape(samples, classes - k)
    assert (rest == rest[:, :1]).all()


def test_by_hand():
    sent = probs([[0.2, 0.6, 0.1, 0.1]])
    coded = TopK(2).forward(sent.arrays, StageContext.of(sent, WireContext()))
    assert coded["values#index"].tolist() == [0b00_01]  # class 1, then class 0, two bits each
    assert coded["values#level"].tolist() == [[153, 51]]  # 0.6 and 0.2 of 255
    received = there_and_back(sent, TopK(2)).arrays["values"]
    np.testing.assert_allclose(received, sent.arrays["values"], atol=1e-6)


@pytest.mark.parametrize(("k", "classes", "most"), [(1, 10, 12), (3, 10, 36), (3, 100, 45), (10, 10, 120)])
def test_bits(k, classes, most):
    rows = np.arange(1000)
    values = softmax(np.random.default_rng(0).normal(size=(1000, classes)))
    length = len(Chain((TopK(k),)).encode(probs(values, rows), WireContext(rows)))
    assert length <= 1000 * most / 8 + 70


@pytest.mark.parametrize("k", [0, 4])
def test_k_must_be_possible(k):
    with pytest.raises(KnowledgeError, match=f"keeps {k} of 3 classes"):
        there_and_back(probs([[0.2, 0.3, 0.5]]), TopK(k))


@pytest.mark.parametrize(
    ("index", "levels", "classes"),
    [
        (0b01_01, [100, 100], 4),  # the same class twice
        (0b11_01, [100, 100], 3),  # class 3 of 3
        (0b10_01, [200, 56], 3),  # more than all
        (0b0_1, [200, 54], 2),  # less than all, and no class to take the rest
    ],
)
def test_impossible_parts_are_corrupt(index, levels, classes):
    coded = {"values#index": np.array([index], np.uint8), "values#level": np.array([levels], np.uint8)}
    with pytest.raises(CorruptMessageError, match="'values'"):
        TopK(2).inverse(coded, {"values": Spec(np.dtype("<f4"), (1, classes))}, None)
