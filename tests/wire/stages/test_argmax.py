"""Argmax."""

import numpy as np
import pytest
from hypothesis import given

from fedkd.errors import CorruptMessageError, KnowledgeError
from fedkd.wire import Chain, Spec, WireContext
from fedkd.wire.stages import Argmax

from ..samples import probs, soft_labels, there_and_back, weights


@given(soft_labels())
def test_the_likeliest_class_survives(values):
    received = there_and_back(probs(values), Argmax()).arrays["values"]
    np.testing.assert_array_equal(received, np.eye(values.shape[1], dtype=np.float32)[values.argmax(axis=1)])


@pytest.mark.parametrize(("classes", "bits"), [(1, 0), (2, 1), (10, 4), (100, 7), (1000, 10)])
def test_bits(classes, bits):
    def length(samples):
        values = np.full((samples, classes), 1 / classes)
        rows = np.arange(samples)
        return len(Chain((Argmax(),)).encode(probs(values, rows), WireContext(rows)))

    assert length(3000) - length(2200) == 100 * bits


def test_other_knowledge_is_refused():
    with pytest.raises(KnowledgeError, match="'argmax' codes weights whose 'values' are Spec"):
        there_and_back(weights(values=np.ones((2, 2))), Argmax())
    with pytest.raises(KnowledgeError, match="no distribution"):
        there_and_back(probs([[0.5, 0.6]]), Argmax())
    with pytest.raises(KnowledgeError, match="no distribution"):
        there_and_back(probs([[np.inf, -np.inf]]), Argmax())


def test_an_impossible_class_is_corrupt():
    coded = {"values#index": np.array([10], np.uint8)}
    with pytest.raises(CorruptMessageError, match="beyond 10"):
        Argmax().inverse(coded, {"values": Spec(np.dtype("<f4"), (1, 10))}, None)
