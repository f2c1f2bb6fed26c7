"""Int8 and Int4."""

import numpy as np
import pytest
from hypothesis import example, given

from fedkd.errors import CorruptMessageError, KnowledgeError
from fedkd.wire import Chain, Spec, WireContext
from fedkd.wire.stages import Int4, Int8

from ..samples import matrices, there_and_back, weights


@pytest.mark.parametrize(("stage", "top"), [(Int8(), 127), (Int4(), 7)])
@given(array=matrices())
@example(array=np.array([[1e-9, -3e-8], [0, 0], [127 * 65504.0 / 20, 1]], np.float32))
def test_error_is_half_a_step(stage, top, array):
    received = there_and_back(weights(layer=array), stage).arrays["layer"]
    assert received.dtype == array.dtype
    assert received.shape == array.shape
    peaks = np.abs(array).max(axis=tuple(range(1, array.ndim)), keepdims=True, initial=0).astype(np.float64)
    bound = peaks * (1 + 2.0**-10) / (2 * top) + 2.0**-25
    # The division by the scale and the product with it are float32: a millionth more.
    assert (np.abs(received.astype(np.float64) - array) <= bound * (1 + 1e-6) + peaks * 2.0**-23).all()


def test_int8_by_hand():
    # A step of 1/2 in the first row, 1 in the second: both are float16, codes are whole, nothing is lost.
    array = np.array([[63.5, -1, 0.5], [-127, 0, 100]], np.float32)
    coded = Int8().forward({"layer": array}, None)
    assert coded["layer"].tolist() == [127, -2, 1, -127, 0, 100]
    assert coded["layer#scale"].tolist() == [0.5, 1]
    np.testing.assert_array_equal(there_and_back(weights(layer=array), Int8()).arrays["layer"], array)


def test_int4_by_hand():
    array = np.array([[7, -7, 0], [1, -2, 3.5]], np.float32)
    coded = Int4().forward({"layer": array}, None)
    # Codes 7 -7 0 2 -4 7, each plus 8, two a byte.
    assert coded["layer"].tolist() == [0x1F, 0xA8, 0xF4]
    assert coded["layer#scale"].tolist() == [1, 0.5]
    np.testing.assert_array_equal(there_and_back(weights(layer=array), Int4()).arrays["layer"], array)


@pytest.mark.parametrize("stage", [Int8(), Int4()])
def test_scales_are_rounded_up(stage):
    array = np.random.default_rng(0).normal(size=(500, 9)).astype(np.float32) * 1e-3
    top = 127 if stage == Int8() else 7
    scales = stage.forward({"layer": array}, None)["layer#scale"].astype(np.float64)
    assert (scales >= np.abs(array).max(axis=1) / np.float32(top)).all()


@pytest.mark.parametrize(("stage", "halves"), [(Int8(), 2), (Int4(), 1)])
def test_bytes(stage, halves):
    def length(rows):
        return len(Chain((stage,)).encode(weights(layer=np.ones((rows, 100))), WireContext()))

    assert length(100) - length(50) == 50 * (50 * halves + 2)


@pytest.mark.parametrize("stage", [Int8(), Int4()])
def test_vectors_are_float16_and_integers_untouched(stage):
    sent = weights(bias=np.array([0.1, 0.2], np.float32), table=np.array([[1, 2**40]]))
    received = there_and_back(sent, stage).arrays
    np.testing.assert_array_equal(received["bias"], sent.arrays["bias"].astype(np.float16).astype(np.float32))
    np.testing.assert_array_equal(received["table"], sent.arrays["table"], strict=True)


@pytest.mark.parametrize("stage", [Int8(), Int4()])
@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_dtype_survives(stage, dtype):
    assert there_and_back(weights(layer=np.ones((2, 2), dtype)), stage).arrays["layer"].dtype == dtype


@pytest.mark.parametrize("stage", [Int8(), Int4()])
@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30, 1e60])
def test_what_does_not_fit_is_refused(stage, value):
    with pytest.raises(KnowledgeError, match="'layer' holds NaN or values beyond"):
        there_and_back(weights(layer=np.array([[1.0, value]])), stage)


@pytest.mark.parametrize("scale", [np.nan, np.inf, -1])
def test_impossible_scales_are_corrupt(scale):
    coded = {"layer": np.zeros(2, np.int8), "layer#scale": np.array([scale], np.float16)}
    with pytest.raises(CorruptMessageError, match="'layer' has scales"):
        Int8().inverse(coded, {"layer": Spec(np.dtype("<f4"), (1, 2))}, None)
