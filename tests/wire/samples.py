"""Knowledge to send, for the tests of this room."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fedkd.knowledge import Kind, Knowledge
from fedkd.wire import Chain, WireContext

NO_ROWS = np.empty(0, np.int64)


def probs(values, rows=None, **extras):
    """Probabilities from a list of lists or an array [N, C]."""
    values = np.asarray(values)
    if values.dtype.kind != "f" or values.dtype == np.float64:
        values = values.astype(np.float32)
    rows = np.arange(len(values)) if rows is None else np.asarray(rows, np.int64)
    return Knowledge(Kind.PROBS, {"values": values, **extras}, rows, "site-03", 7, "00112233aabbccdd")


def weights(**arrays):
    """Weights by name."""
    return Knowledge(Kind.WEIGHTS, arrays, NO_ROWS, "server", 7, "00112233aabbccdd")


def softmax(logits):
    """Probabilities [N, C] float32 from logits."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def soft_labels(most_classes=40, least_classes=1):
    """A strategy for probabilities [N, C] float32, from flat to one-hot."""
    shapes = st.tuples(st.integers(0, 6), st.integers(least_classes, most_classes))
    logits = shapes.flatmap(lambda shape: hnp.arrays(np.float64, shape, elements=st.floats(-20, 20)))
    return st.builds(lambda z, t: softmax(z * t), logits, st.sampled_from([0.01, 0.3, 1.0, 10.0]))


def matrices():
    """A strategy for float32 arrays of two to four axes, of all magnitudes."""
    shapes = hnp.array_shapes(min_dims=2, max_dims=4, min_side=0, max_side=5)
    finite = st.floats(-1e5, 1e5, width=32)
    small = st.floats(-(2.0**-20), 2.0**-20, width=32)
    return shapes.flatmap(lambda shape: hnp.arrays(np.float32, shape, elements=st.one_of(finite, small)))


def there_and_back(knowledge, *stages, context=None):
    """What a receiver gets."""
    context = context or WireContext()
    chain = Chain(stages)
    return chain.decode(chain.encode(knowledge, context), context)


def assert_same(one, other):
    """Assert that two Knowledges agree in every bit."""
    assert (one.kind, one.sender, one.round, one.fingerprint) == (
        other.kind,
        other.sender,
        other.round,
        other.fingerprint,
    )
    np.testing.assert_array_equal(one.rows, other.rows, strict=True)
    assert list(one.arrays) == list(other.arrays)
    for name in one.arrays:
        np.testing.assert_array_equal(one.arrays[name], other.arrays[name], strict=True)
