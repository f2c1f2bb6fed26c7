"""Codecs as a whole: sizes, composition, strangers' stages, configuration."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

from fedkd.construct import construct
from fedkd.errors import KnowledgeError, TooLargeError, WireError, WrongTypeError
from fedkd.knowledge import Kind, Knowledge
from fedkd.wire import ArrayStage, Chain, Codec, Limits, Spec, WireContext
from fedkd.wire.stages import Float16, Int8, SoftLabel2, TopK, Zstd

from .samples import NO_ROWS, assert_same, probs, softmax, there_and_back, weights

DTYPES = [f"float{n}" for n in (16, 32, 64)] + [f"int{n}" for n in (8, 16, 32, 64)] + ["uint8", "uint16", "uint32"]


@pytest.fixture(scope="module")
def soft_labels():
    """1000 soft labels of 10 classes on an agreed row set."""
    rows = np.arange(1000) * 7
    logits = np.random.default_rng(0).normal(size=(1000, 10)) * 5
    return probs(softmax(logits), rows), WireContext(rows)


@pytest.mark.parametrize(
    ("stages", "most"),
    [((SoftLabel2(),), 2070), ((TopK(3),), 4570), ((Int8(),), 12070), ((Float16(),), 20070), ((), 40070)],
)
def test_a_message_is_its_numbers_and_less_than_70_bytes(soft_labels, stages, most):
    knowledge, context = soft_labels
    assert len(Chain(stages).encode(knowledge, context)) <= most


def test_zstd_shortens_peaked_soft_labels(soft_labels):
    knowledge, context = soft_labels
    plain = len(Chain((SoftLabel2(),)).encode(knowledge, context))
    assert len(Chain((SoftLabel2(), Zstd())).encode(knowledge, context)) < 0.95 * plain


def test_header_of_weights_is_small():
    # A network of four layers: int8 is one byte a parameter, and two more a row for its scale and its bias.
    shapes = {"conv1": (8, 1, 3, 3), "conv2": (16, 8, 3, 3), "fc1": (32, 224), "fc2": (10, 32)}
    arrays = {f"{name}.weight": np.ones(shape, np.float32) for name, shape in shapes.items()}
    arrays |= {f"{name}.bias": np.ones(shape[0], np.float32) for name, shape in shapes.items()}
    numbers = sum(array.size for array in arrays.values())
    rows = sum(shape[0] for shape in shapes.values())
    assert len(Chain((Int8(),)).encode(weights(**arrays), WireContext())) <= numbers + 3 * rows + 260


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3)])
def test_no_stages_send_any_array_bit_by_bit(dtype, shape):
    array = np.arange(np.prod(shape, dtype=int)).astype(dtype).reshape(shape)
    knowledge = weights(first=array, second=array)
    assert_same(there_and_back(knowledge), knowledge)


@given(hnp.arrays(np.float32, hnp.array_shapes()))
def test_no_stages_send_any_bits(array):
    knowledge = weights(layer=array)
    assert_same(there_and_back(knowledge), knowledge)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_travels(kind):
    knowledge = Knowledge(kind, {"values": np.ones((1, 2), np.float32)}, np.array([-4]), "ä", 2**32 - 1, "")
    assert_same(there_and_back(knowledge), knowledge)


def test_memory_layout_and_byte_order_do_not_matter():
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
    knowledge = weights(turned=array.T, swapped=array.astype(">f4"), sliced=array[::2, 1::2])
    received = there_and_back(knowledge).arrays
    for name, sent in knowledge.arrays.items():
        np.testing.assert_array_equal(received[name], sent)


def test_stages_compose_and_further_arrays_pass_through():
    coverage = np.array([0.25, 0.5], np.float32)
    sent = probs([[0.9, 0.1, 0], [0, 0, 1]], coverage=coverage, seen=np.array([7, 9]))
    received = there_and_back(sent, SoftLabel2(), Float16(), Zstd(1))
    assert list(received.arrays) == ["values", "coverage", "seen"]
    np.testing.assert_array_equal(received.arrays["coverage"], coverage, strict=True)
    np.testing.assert_array_equal(received.arrays["seen"], sent.arrays["seen"], strict=True)
    np.testing.assert_array_equal(received.arrays["values"][1], [0, 0, 1])


def test_a_row_subset_travels(soft_labels):
    knowledge, context = soft_labels
    some = probs(knowledge.arrays["values"][::3], knowledge.rows[::3])
    assert_same(there_and_back(some, context=context), some)


def test_decoded_knowledge_is_read_only():
    received = there_and_back(probs([[0.5, 0.5]]), Int8())
    with pytest.raises(ValueError, match="read-only"):
        received.arrays["values"][0, 0] = 1


def test_name_says_what_the_receiver_must_share():
    assert Chain((TopK(3), Float16(), Zstd(19))).name == "top3+float16+zstd"
    assert Chain().name == ""


@pytest.mark.parametrize("stages", [(Zstd(), Int8()), ("int8",), (object(),)])
def test_wrong_stages_are_refused(stages):
    with pytest.raises(WrongTypeError, match="array stages followed by byte stages"):
        Chain(stages)


def test_limits_hold_for_the_sender_too():
    knowledge = weights(layer=np.ones((10, 10), np.float32))
    with pytest.raises(TooLargeError, match="declares 100 numbers, the limit is 99"):
        Chain().encode(knowledge, WireContext(limits=Limits(max_elements=99)))
    with pytest.raises(TooLargeError, match="limit of 400"):
        Chain((Zstd(),)).encode(knowledge, WireContext(limits=Limits(max_bytes=400)))
    many = probs(np.ones((300, 1)), np.arange(300) * 1000)
    with pytest.raises(TooLargeError, match="header"):
        Chain().encode(many, WireContext(limits=Limits(max_header_bytes=500)))


@pytest.mark.parametrize("array", [np.ones(2, bool), np.ones(2, complex), np.array(["a"]), np.array([None])])
def test_other_dtypes_cannot_be_sent(array):
    with pytest.raises(KnowledgeError, match="'layer' is"):
        Chain().encode(weights(layer=array), WireContext())


@dataclass(frozen=True)
class Tenths:
    """A stranger's stage: fixed point with one decimal. Knows nothing of this package but the protocol."""

    name: ClassVar[str] = "tenths"

    def plan(self, specs, context):
        return {name: Spec(np.dtype("<i2"), spec.shape) for name, spec in specs.items()}

    def forward(self, arrays, context):
        return {name: np.rint(array * 10).astype(np.int16) for name, array in arrays.items()}

    def inverse(self, coded, specs, context):
        return {name: (coded[name] / 10).astype(spec.dtype) for name, spec in specs.items()}


def test_a_strangers_stage_works():
    assert isinstance(Tenths(), ArrayStage)
    received = there_and_back(weights(layer=np.array([0.12, -3.38])), Tenths(), Zstd())
    np.testing.assert_array_equal(received.arrays["layer"], [0.1, -3.4], strict=True)


@dataclass(frozen=True)
class Liar(Tenths):
    """A stage whose arrays are not what it plans."""

    def plan(self, specs, context):
        return specs


def test_a_stage_that_breaks_its_plan_is_named():
    with pytest.raises(WireError, match="codec stage 'tenths' planned"):
        Chain((Liar(),)).encode(weights(layer=np.ones(2)), WireContext())


def test_a_chain_is_built_from_yaml():
    stages = [
        {"_target_": "fedkd.wire.stages.SoftLabel2"},
        {"_target_": "fedkd.wire.stages.Zstd", "level": 9},
    ]
    built = construct({"_target_": "fedkd.wire.Chain", "stages": stages}, Codec, "codec")
    assert built == Chain((SoftLabel2(), Zstd(9)))
    assert hash(built) == hash(Chain([SoftLabel2(), Zstd(9)]))


def test_rowless_knowledge_needs_no_row_set():
    knowledge = Knowledge(Kind.UPDATE, {"w": np.ones(3, np.float32)}, NO_ROWS, "s", 0, "")
    assert_same(there_and_back(knowledge, context=WireContext(np.arange(5))), knowledge)
