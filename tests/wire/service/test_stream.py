"""Streams of chunks: what was cut is put together again, and whatever else arrives is refused within limits."""

from __future__ import annotations

import tracemalloc

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedkd.errors import CorruptMessageError, TooLargeError
from fedkd.wire.service import stream
from fedkd.wire.service.options import CHUNK_BYTES, Connection
from fedkd.wire.service.stream import MOST_PIECES, Assembly, Piece, cut
from fedkd.wire.v1 import aggregator_pb2 as pb

SMALL = 5
SESSION = pb.Session(site="site-00", epoch=3, instance="abc")


@pytest.fixture(scope="module", autouse=True)
def small_chunks():
    """Five bytes a chunk, so that sizes around its end are all tried."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "CHUNK_BYTES", SMALL)
        yield


def put_together(chunks, max_bytes=1000):
    first, *others = chunks
    assembly = Assembly(first, max_bytes)
    for chunk in others:
        assembly.add(chunk)
    return assembly


def chunk(**fields):
    return pb.Chunk(**fields).SerializeToString()


def parsed(chunks):
    return [pb.Chunk.FromString(chunk) for chunk in chunks]


def head(*sizes):
    return chunk(head=pb.Head(round=1, pieces=[pb.Piece(kind=1, size=size) for size in sizes]))


sizes = st.one_of(st.integers(0, 3 * SMALL + 1), st.sampled_from([SMALL - 1, SMALL, SMALL + 1, 2 * SMALL]))
pieces = st.lists(
    st.builds(Piece, st.integers(0, 7), sizes.flatmap(lambda size: st.binary(min_size=size, max_size=size))),
    max_size=MOST_PIECES,
)


@given(pieces)
def test_what_was_cut_is_put_together_again(said):
    about = pb.Head(session=SESSION, round=4, figures={"accuracy": 0.5})

    sent = list(cut(about, said))

    assembly, chunks = put_together(sent), parsed(sent)
    assert [chunk.SerializeToString() for chunk in chunks] == sent
    assert assembly.pieces() == said
    assert assembly.size == sum(len(piece.data) for piece in said)
    assert (assembly.head.session, assembly.head.round) == (SESSION, 4)
    assert dict(assembly.head.figures) == {"accuracy": 0.5}
    # The caller's head stays as it was.
    assert not about.pieces
    # A head alone, then chunks as long as agreed but for the last of a piece.
    assert chunks[0].HasField("head")
    assert not chunks[0].data
    lengths = [len(chunk.data) for chunk in chunks[1:]]
    assert lengths == [min(SMALL, len(p.data) - i) for p in said for i in range(0, len(p.data), SMALL)]


@given(pieces, st.data())
def test_chunks_may_be_of_any_length(said, data):
    """A receiver needs no agreement about lengths, only about order."""
    whole, start, chunks = b"".join(piece.data for piece in said), 0, [next(cut(pb.Head(), said))]
    while start < len(whole):
        length = data.draw(st.integers(1, len(whole) - start))
        chunks.append(chunk(data=whole[start : start + length]))
        start += length

    assert put_together(chunks).pieces() == said


@pytest.mark.parametrize(
    ("lengths", "chunks"), [((), 0), ((0,), 0), ((4,), 1), ((5,), 1), ((6,), 2), ((0, 5, 0), 1), ((3, 3), 2)]
)
def test_chunks_by_hand(lengths, chunks):
    said = [Piece(kind, bytes([kind + 1]) * length) for kind, length in enumerate(lengths)]

    sent = list(cut(pb.Head(), said))

    assert len(sent) == 1 + chunks
    assert put_together(sent).pieces() == said


def test_a_chunk_is_never_longer_than_a_connection_takes():
    largest = pb.Chunk(data=bytes(CHUNK_BYTES)).ByteSize()

    assert largest <= dict(Connection().options())["grpc.max_receive_message_length"]


def test_a_stream_begins_with_a_head_alone():
    for first in (chunk(), chunk(data=b"abc"), chunk(head=pb.Head(round=1), data=b"a")):
        with pytest.raises(CorruptMessageError, match="begins without a head"):
            Assembly(first, 1000)


def test_a_second_head_and_an_empty_chunk_are_refused():
    for second in (head(3), chunk(head=pb.Head(), data=b"abc"), chunk()):
        assembly = Assembly(head(3), 1000)
        with pytest.raises(CorruptMessageError, match=r"another head|no data"):
            assembly.add(second)


def test_more_than_was_announced_is_refused():
    assembly = Assembly(head(2, 2), 1000)
    assembly.add(chunk(data=b"abc"))

    with pytest.raises(CorruptMessageError, match="more than the 4 bytes that it announced"):
        assembly.add(chunk(data=b"de"))

    # What was refused left nothing behind.
    assembly.add(chunk(data=b"d"))
    assert [piece.data for piece in assembly.pieces()] == [b"ab", b"cd"]


def test_data_where_none_were_announced_are_refused():
    for first in (head(), head(0, 0)):
        assembly = Assembly(first, 1000)
        with pytest.raises(CorruptMessageError, match="more than the 0 bytes"):
            assembly.add(chunk(data=b"a"))


def test_less_than_was_announced_is_refused():
    assembly = Assembly(head(2, 2), 1000)
    for filled, data in enumerate((b"a", b"b", b"c", b"d")):
        with pytest.raises(CorruptMessageError, match=f"ended after {filled} of 4 bytes"):
            assembly.pieces()
        assembly.add(chunk(data=data))


def test_pieces_are_limited():
    assert len(put_together([head(*[0] * MOST_PIECES)]).pieces()) == MOST_PIECES
    with pytest.raises(TooLargeError, match=f"{MOST_PIECES + 1} pieces, the limit is {MOST_PIECES}"):
        Assembly(head(*[0] * (MOST_PIECES + 1)), 1000)


def test_a_size_at_the_limit_passes_and_one_byte_more_does_not():
    assert put_together([head(6, 4), chunk(data=bytes(10))], max_bytes=10).size == 10
    for too_much in (head(11), head(6, 5), head(10, 1)):
        with pytest.raises(TooLargeError, match="a stream of 11 bytes passes the limit of 10"):
            Assembly(too_much, 10)


@pytest.mark.parametrize("sizes", [(2**63,), (2**64 - 1,) * MOST_PIECES, (2**64 - 1, 1), (2**26 + 1,)])
def test_huge_declared_sizes_are_refused_at_once_without_taking_memory(sizes):
    first = head(*sizes)
    tracemalloc.start()
    with pytest.raises(TooLargeError, match=f"a stream of {sum(sizes)} bytes"):
        Assembly(first, 2**26)
    assert tracemalloc.get_traced_memory()[1] < 100_000
    tracemalloc.stop()


def test_memory_is_taken_as_bytes_arrive():
    """Eight streams that announce 64 MB each and bring three bytes take up next to nothing."""
    process = psutil.Process()
    before = process.memory_info().rss

    waiting = [Assembly(head(2**26), 2**26) for _ in range(8)]
    for assembly in waiting:
        assembly.add(chunk(data=b"abc"))

    assert process.memory_info().rss - before < 2**25
