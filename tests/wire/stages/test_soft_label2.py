"""SoftLabel2: what two bytes keep of a soft label."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedkd.errors import CorruptMessageError, KnowledgeError
from fedkd.wire import Chain, Spec, WireContext
from fedkd.wire.stages import SoftLabel2

from ..samples import probs, soft_labels, softmax, there_and_back

SLACK = 1e-6  # float32


def decoded(values):
    return there_and_back(probs(values), SoftLabel2()).arrays["values"]


def top_two(values, order):
    """p1, p2 and the mass of the rest, for classes in `order`."""
    first, second = np.take_along_axis(values.astype(np.float64), order[:, :2], axis=1).T
    return first, second, np.maximum(1 - first - second, 0)


def errors(values):
    """Absolute errors [3, N] of p1, p2 and the rest, and the Hellinger distance [N] between the triples."""
    order = np.argsort(-values, axis=1, kind="stable")
    sent, received = np.array(top_two(values, order)), np.array(top_two(decoded(values), order))
    hellinger = np.sqrt(np.maximum(0, 1 - np.sqrt(sent * received).sum(axis=0)))
    return np.abs(sent - received), hellinger


@given(soft_labels(least_classes=2))
def test_errors_of_any_soft_label(values):
    (first, second, rest), _ = errors(values)
    assert (first <= 0.06).all()
    assert (second <= 0.07).all()
    assert (rest <= 0.12).all()
    np.testing.assert_allclose(decoded(values).sum(axis=1), np.ones(len(values)), atol=1e-5)


@given(soft_labels(least_classes=2))
def test_order_survives(values):
    received = decoded(values)
    order = np.argsort(-values, axis=1, kind="stable")
    falling = np.take_along_axis(received, order, axis=1)
    assert (np.diff(falling, axis=1) <= SLACK).all()
    # All classes but two are alike.
    assert (np.abs(falling[:, 2:] - falling[:, 2:3]) <= SLACK).all()


def pairs(classes, steps=61):
    """Soft labels with every p1 and p2 on a grid; the other classes share the rest."""
    p1 = np.repeat(np.linspace(1 / classes, 1, steps), steps)
    least = 1 / (classes - 1)
    most = np.clip(p1 / np.maximum(1 - p1, 1e-12), least, 1)
    p2 = (1 - p1) * (least + (most - least) * np.tile(np.linspace(0, 1, steps), steps))
    values = np.repeat((1 - p1 - p2)[:, None] / max(classes - 2, 1), classes, axis=1)
    values[:, 0], values[:, 1] = p1, p2
    return values


@pytest.mark.parametrize("classes", [2, 3, 5, 10, 16, 17, 100, 1000])
def test_worst_case_over_a_grid(classes):
    (first, second, rest), hellinger = errors(pairs(classes))
    assert first.max() <= 0.06
    assert second.max() <= 0.07
    assert rest.max() <= 0.12
    assert hellinger.max() <= 0.11


def test_worst_case_of_ten_classes():
    (first, second, rest), hellinger = errors(pairs(10, steps=201))
    assert first.max() <= 0.045
    assert second.max() <= 0.051
    assert rest.max() <= 0.077
    assert hellinger.max() <= 0.086


def test_mean_errors_on_softmax_outputs():
    generator = np.random.default_rng(0)
    values = np.concatenate([softmax(generator.normal(size=(500, 10)) * t) for t in (0.1, 0.5, 1, 2, 4, 8, 16)])
    (first, second, rest), hellinger = errors(values)
    assert first.mean() <= 0.015
    assert second.mean() <= 0.009
    assert rest.mean() <= 0.012
    assert hellinger.mean() <= 0.017


@pytest.mark.parametrize("classes", [2, 3, 10, 16, 17, 200])
def test_one_hot_even_and_tied_rows_arrive_exactly(classes):
    tie = np.zeros(classes)
    tie[-2:] = 0.5
    values = np.stack([np.eye(classes)[classes // 2], np.full(classes, 1 / classes), tie])
    np.testing.assert_allclose(decoded(values), values, atol=1e-6)


def test_confident_rows_stay_confident():
    values = np.array([[0.999, 0.001, 0, 0], [0.0001, 0, 0.9999, 0], [0.985, 0.01, 0.005, 0]])
    received = decoded(values)
    assert np.abs(received.max(axis=1) - values.max(axis=1)).max() <= 0.006
    np.testing.assert_array_equal(received.argmax(axis=1), values.argmax(axis=1))


@given(st.integers(2, 5000), st.floats(0, 1), st.floats(0, 1))
def test_any_number_of_classes(classes, confidence, share):
    p1 = 1 / classes + (1 - 1 / classes) * confidence
    least = 1 / (classes - 1)
    most = min(1, p1 / max(1 - p1, 1e-12))
    p2 = (1 - p1) * (least + max(most - least, 0) * share)
    row = np.full(classes, (1 - p1 - p2) / max(classes - 2, 1))
    row[-1], row[0] = p1, p2
    (first, second, rest), _ = errors(row[None])
    assert first <= 0.06
    assert second <= 0.07
    assert rest <= 0.12


@pytest.mark.parametrize(("classes", "bits"), [(2, 16), (16, 16), (17, 18), (100, 22), (1000, 28)])
def test_bits(classes, bits):
    def length(samples):
        rows = np.arange(samples)
        return len(Chain((SoftLabel2(),)).encode(probs(np.eye(classes)[rows % classes], rows), WireContext(rows)))

    assert length(1800) - length(1000) == 100 * bits


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_dtype_survives(dtype):
    knowledge = probs([[0.5, 0.5]])
    values = {"values": knowledge.arrays["values"].astype(dtype)}
    sent = type(knowledge)(knowledge.kind, values, knowledge.rows, "s", 0, "")
    assert there_and_back(sent, SoftLabel2()).arrays["values"].dtype == dtype


def test_one_class_is_refused():
    with pytest.raises(KnowledgeError, match="C >= 2"):
        decoded([[1.0]])


@pytest.mark.parametrize("index", [0x11, 0x3A])
def test_impossible_classes_are_corrupt(index):
    coded = {"values#index": np.array([index], np.uint8), "values#level": np.array([0], np.uint8)}
    with pytest.raises(CorruptMessageError, match="names classes twice or beyond 10"):
        SoftLabel2().inverse(coded, {"values": Spec(np.dtype("<f4"), (1, 10))}, None)


def test_every_byte_of_levels_decodes_to_a_distribution():
    coded = {
        "values#index": np.full(256, 0x10, np.uint8),
        "values#level": np.arange(256, dtype=np.uint8),
    }
    values = SoftLabel2().inverse(coded, {"values": Spec(np.dtype("<f4"), (256, 10))}, None)["values"]
    assert (values >= 0).all()
    np.testing.assert_allclose(values.sum(axis=1), np.ones(256), atol=1e-6)
