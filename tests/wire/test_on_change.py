"""Send on change: what changed travels, the rest is where it was."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedkd.errors import KnowledgeError
from fedkd.knowledge import Kind, Knowledge
from fedkd.wire import Chain, OnChange, WireContext
from fedkd.wire.stages import Float32, Ranked, Zstd

from .samples import probs, soft_labels

PLAIN = Chain((Float32(),))
ROWS = np.array([30, 10, 20], np.int64)
HELD = np.array([[1, 0], [0.5, 0.5], [0, 1]], np.float32)
CONTEXT = WireContext(ROWS, reference={"values": HELD})


def test_rows_by_hand():
    # Distances to the reference: 0, 0.02 and 0.1.
    message = probs([[1, 0], [0.52, 0.48], [0.1, 0.9]], ROWS)
    codec = OnChange(PLAIN, threshold=0.05)

    data = codec.encode(message, CONTEXT)
    inner, received = PLAIN.decode(data, CONTEXT), codec.decode(data, CONTEXT)

    assert inner.rows.tolist() == [20]
    np.testing.assert_array_equal(received.rows, ROWS)
    np.testing.assert_array_equal(received.arrays["values"], np.array([[1, 0], [0.5, 0.5], [0.1, 0.9]], np.float32))


def test_nothing_changed():
    codec = OnChange(PLAIN)

    data = codec.encode(probs(HELD, ROWS), CONTEXT)

    assert len(data) < 60
    np.testing.assert_array_equal(codec.decode(data, CONTEXT).arrays["values"], HELD)


@given(soft_labels(), st.floats(0, 1), st.integers(0, 9))
def test_no_row_is_further_off_than_the_threshold(values, threshold, seed):
    rows = np.arange(len(values), dtype=np.int64) * 7
    held = np.random.default_rng(seed).dirichlet(np.ones(values.shape[1]), len(values)).astype(np.float32)
    context, codec = WireContext(rows, reference={"values": held}), OnChange(PLAIN, threshold)

    received = codec.decode(codec.encode(probs(values, rows), context), context).arrays["values"]

    off = np.abs(received.astype(np.float64) - values).sum(axis=1) / 2
    assert (off <= threshold + 1e-6).all()
    # What is off at all is what was held.
    np.testing.assert_array_equal(received[off > 1e-6], held[off > 1e-6])


def test_other_stages_may_stand_inside():
    codec = OnChange(Chain((Ranked(16), Zstd(19))), threshold=0.3)
    message = probs([[0.9, 0.1], [0.5, 0.5], [1, 0]], ROWS)

    received = codec.decode(codec.encode(message, CONTEXT), CONTEXT).arrays["values"]

    np.testing.assert_array_equal(received[:2], HELD[:2])
    assert received[2].argmax() == 0


@pytest.mark.parametrize(
    "context",
    [
        WireContext(ROWS),
        WireContext(None, reference={"values": HELD}),
        WireContext(ROWS, reference={"values": HELD[:2]}),
        WireContext(ROWS, reference={"other": HELD}),
    ],
)
def test_without_something_to_compare_with_everything_travels(context):
    message = probs([[1, 0], [0.5, 0.5], [0, 1]], ROWS)
    codec = OnChange(PLAIN)

    assert codec.encode(message, context) == PLAIN.encode(message, context)
    assert len(codec.decode(codec.encode(message, context), context).rows) == 3


def test_weights_pass():
    weights = Knowledge(Kind.WEIGHTS, {"w": np.ones((2, 2), np.float32)}, ROWS[:0], "a", 1, "")

    received = OnChange(PLAIN).decode(OnChange(PLAIN).encode(weights, CONTEXT), CONTEXT)

    np.testing.assert_array_equal(received.arrays["w"], weights.arrays["w"])


def test_rows_that_nobody_agreed_on_are_refused():
    stranger = Knowledge(Kind.PROBS, {"values": HELD[:1]}, np.array([99], np.int64), "a", 1, "")

    with pytest.raises(KnowledgeError):
        OnChange(PLAIN).decode(PLAIN.encode(stranger, WireContext()), CONTEXT)


@pytest.mark.parametrize("threshold", [-0.1, 1.1])
def test_bounds(threshold):
    with pytest.raises(ValueError, match="must be in"):
        OnChange(PLAIN, threshold)
