"""Whatever arrives, a receiver answers with Knowledge or a WireError, and takes no memory beyond its limits.

Warnings are errors in this project's tests, so a numpy warning on the way would fail here too.
"""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedkd.errors import CorruptMessageError, KnowledgeError, TooLargeError, WireError
from fedkd.knowledge import Knowledge
from fedkd.wire import ArrayStage, ByteStage, Chain, Limits, WireContext
from fedkd.wire.envelope import seal
from fedkd.wire.stages import Argmax, Delta, Float16, Float32, Int4, Int8, Ranked, SoftLabel2, TopK, Zstd
from fedkd.wire.v1 import knowledge_pb2 as pb

from .samples import probs, weights

CONTEXT = WireContext(np.arange(12) * 5, Limits(max_bytes=10_000, max_header_bytes=1000, max_elements=5000))
SOFT = probs(np.array([[0.7, 0.2, 0.1], [0, 0, 1], [0.3, 0.3, 0.4]]), [5, 15, 20], coverage=np.ones(3, np.float32))
ALL = probs(np.full((12, 3), 1 / 3), CONTEXT.row_set)
NET = weights(weight=np.arange(-6, 6, dtype=np.float32).reshape(3, 4), bias=np.ones(3), steps=np.array(7))

CASES = [
    (Chain(), NET),
    (Chain((Zstd(),)), SOFT),
    (Chain((Float32(),)), NET),
    (Chain((Float16(), Zstd())), NET),
    (Chain((Int8(),)), NET),
    (Chain((Int8(), Zstd())), NET),
    (Chain((Int4(),)), NET),
    (Chain((TopK(2),)), SOFT),
    (Chain((TopK(3),)), ALL),
    (Chain((SoftLabel2(),)), ALL),
    (Chain((SoftLabel2(), Float16(), Zstd())), SOFT),
    (Chain((Argmax(), Int8())), SOFT),
    (Chain((Ranked(),)), ALL),
    (Chain((Ranked(16), Zstd())), SOFT),
    (Chain((Ranked(8, 4), Zstd())), ALL),
    (Chain((Delta(), Int4())), NET),
]
cases = st.sampled_from(CASES)


def receive(chain, data):
    """Decode; anything but Knowledge or a WireError fails the test."""
    try:
        return chain.decode(data, CONTEXT)
    except WireError as error:
        return error


def unsealed(chain, knowledge):
    """The serialised Content of a message, before byte stages."""
    plain = Chain(stage for stage in chain.stages if isinstance(stage, ArrayStage))
    return pb.Envelope.FromString(plain.encode(knowledge, CONTEXT)).content


def resealed(chain, content):
    """A message with a valid checksum around any content: what a hostile sender can make."""
    for stage in chain.stages:
        content = stage.pack(content) if isinstance(stage, ByteStage) else content
    return seal([content], chain.name, Limits())


@st.composite
def damaged(draw, data):
    """`data` with bits flipped, bytes cut out, or bytes put in."""
    data = bytearray(data)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(["flip", "cut", "insert", "truncate"])):
            case "flip" if place < len(data):
                data[place] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del data[place : place + draw(st.integers(1, 4))]
            case "insert":
                data[place:place] = draw(st.binary(min_size=1, max_size=4))
            case "truncate":
                del data[place:]
    return bytes(data)


@pytest.mark.parametrize(("chain", "knowledge"), CASES)
def test_every_flipped_bit_and_every_cut_is_noticed(chain, knowledge):
    message = chain.encode(knowledge, CONTEXT)
    for place in range(len(message)):
        assert isinstance(receive(chain, message[:place]), WireError)
        for bit in range(8):
            flipped = bytearray(message)
            flipped[place] ^= 1 << bit
            assert isinstance(receive(chain, bytes(flipped)), WireError), (place, bit)


@given(cases, st.data())
def test_damaged_messages(case, data):
    chain, knowledge = case
    receive(chain, data.draw(damaged(chain.encode(knowledge, CONTEXT))))


@given(cases, st.binary(max_size=300))
def test_random_bytes(case, data):
    assert isinstance(receive(case[0], data), WireError)


@given(cases, st.binary(max_size=300))
def test_random_content_with_a_valid_checksum(case, content):
    receive(case[0], seal([content], case[0].name, Limits()))
    receive(case[0], resealed(case[0], content))


@given(cases, st.data())
def test_damaged_content_with_a_valid_checksum(case, data):
    chain, knowledge = case
    receive(chain, resealed(chain, data.draw(damaged(unsealed(chain, knowledge)))))


arrays = st.builds(
    pb.Array,
    name=st.sampled_from(["", "values", "labels", "weight", "weight#scale", "ä"]),
    dtype=st.integers(-1, 11),
    shape=st.lists(st.one_of(st.integers(0, 4), st.sampled_from([12, 10**4, 2**31, 2**63, 2**64 - 1])), max_size=20),
)
headers = st.builds(
    pb.Header,
    kind=st.integers(-1, 9),
    sender=st.text(max_size=3),
    round=st.integers(0, 2**32 - 1),
    fingerprint=st.binary(max_size=3),
    arrays=st.lists(arrays, max_size=3),
)


@given(cases, headers, st.binary(max_size=60))
def test_any_header(case, header, data):
    content = pb.Content(header=header.SerializeToString(), data=data)
    receive(case[0], resealed(case[0], content.SerializeToString()))


@given(cases, st.data())
def test_any_numbers_behind_a_valid_header(case, data):
    """NaN, impossible classes and levels, negative scales."""
    chain, knowledge = case
    content = pb.Content.FromString(unsealed(chain, knowledge))
    content.data = data.draw(st.binary(min_size=len(content.data), max_size=len(content.data)))
    receive(chain, resealed(chain, content.SerializeToString()))


def test_declared_sizes_are_checked_before_memory_is_taken():
    header = pb.Header(kind=pb.KIND_WEIGHTS, arrays=[pb.Array(name="w", shape=[2**20, 2**20])])
    message = resealed(Chain(), pb.Content(header=header.SerializeToString(), data=b"").SerializeToString())
    tracemalloc.start()
    with pytest.raises(TooLargeError, match="declares 1099511627776 numbers"):
        Chain().decode(message, CONTEXT)
    assert tracemalloc.get_traced_memory()[1] < 100_000
    tracemalloc.stop()


def test_empty_arrays_cannot_hide_huge_axes():
    header = pb.Header(kind=pb.KIND_WEIGHTS, arrays=[pb.Array(name="w", shape=[0, 2**40])])
    with pytest.raises(TooLargeError):
        Chain().decode(resealed(Chain(), pb.Content(header=header.SerializeToString()).SerializeToString()), CONTEXT)


def test_a_long_header_is_refused_before_it_is_parsed():
    message = resealed(Chain(), pb.Content(header=bytes(1001)).SerializeToString())
    with pytest.raises(TooLargeError, match="header of 1001 bytes"):
        Chain().decode(message, CONTEXT)


def test_a_bomb_is_refused():
    chain = Chain((Zstd(),))
    with pytest.raises(TooLargeError, match="expands to"):
        chain.decode(resealed(chain, bytes(20_000)), CONTEXT)


@pytest.mark.parametrize(
    ("names", "error"),
    [(("w", "w"), CorruptMessageError), (("w#scale",), KnowledgeError), (("",), KnowledgeError)],
)
def test_names_cannot_collide(names, error):
    header = pb.Header(kind=pb.KIND_WEIGHTS, arrays=[pb.Array(name=name, shape=[0]) for name in names])
    with pytest.raises(error):
        Chain().decode(resealed(Chain(), pb.Content(header=header.SerializeToString()).SerializeToString()), CONTEXT)


def test_the_cases_themselves_are_fine():
    for chain, knowledge in CASES:
        assert isinstance(chain.decode(chain.encode(knowledge, CONTEXT), CONTEXT), Knowledge)
