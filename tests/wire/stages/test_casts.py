"""Float16 and Float32."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fedkd.errors import CorruptMessageError, KnowledgeError
from fedkd.wire import Chain, Spec, WireContext
from fedkd.wire.stages import Float16, Float32

from ..samples import assert_same, there_and_back, weights

FINITE_16 = st.floats(-65504, 65504, width=32)


@given(hnp.arrays(np.float32, hnp.array_shapes(), elements=FINITE_16))
def test_float16_error(array):
    received = there_and_back(weights(layer=array), Float16()).arrays["layer"]
    assert received.dtype == np.float32
    bound = np.maximum(np.abs(array) * 2.0**-11, 2.0**-25)
    assert (np.abs(received.astype(np.float64) - array) <= bound).all()


@given(hnp.arrays(np.float32, hnp.array_shapes(), elements=st.floats(width=32, allow_nan=False, allow_infinity=False)))
def test_float32_is_exact_for_float32(array):
    assert_same(there_and_back(weights(layer=array), Float32()), weights(layer=array))


@given(hnp.arrays(np.float64, hnp.array_shapes(), elements=st.floats(-1e30, 1e30)))
def test_float32_error_for_float64(array):
    received = there_and_back(weights(layer=array), Float32()).arrays["layer"]
    assert received.dtype == np.float64
    assert (np.abs(received - array) <= np.maximum(np.abs(array) * 2.0**-24, 2.0**-150)).all()


@pytest.mark.parametrize(("stage", "size"), [(Float16(), 2), (Float32(), 4)])
def test_bytes(stage, size):
    def length(count):
        return len(Chain((stage,)).encode(weights(layer=np.ones(count)), WireContext()))

    assert length(2000) - length(1000) == 1000 * size


@pytest.mark.parametrize("stage", [Float16(), Float32()])
def test_integers_pass_through(stage):
    sent = weights(steps=np.array(2**62 + 1), layer=np.ones(2))
    assert_same(there_and_back(sent, stage), sent)


@pytest.mark.parametrize("stage", [Float16(), Float32()])
@pytest.mark.parametrize("value", [1e39, np.nan, -np.inf])
def test_what_does_not_fit_is_refused(stage, value):
    with pytest.raises(KnowledgeError, match="'layer' holds values that float"):
        there_and_back(weights(layer=np.array([1.0, value])), stage)


def test_overflow_at_the_receiver_is_corrupt():
    # A float32 of 1e6 that claims to come from a float16.
    specs = {"layer": Spec(np.dtype("<f2"), (1,))}
    with pytest.raises(CorruptMessageError, match="non-finite"):
        Float32().inverse({"layer": np.array([1e6], np.float32)}, specs, None)
