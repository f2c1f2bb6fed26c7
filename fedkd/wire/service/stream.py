"""Knowledge as a stream of chunks, and back, within limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from google.protobuf.message import DecodeError

from fedkd.errors import CorruptMessageError, TooLargeError
from fedkd.wire.buffer import Buffer
from fedkd.wire.fields import BYTES, field, scan
from fedkd.wire.service.options import CHUNK_BYTES
from fedkd.wire.v1 import aggregator_pb2 as pb

_HEAD, _DATA = pb.Chunk.HEAD_FIELD_NUMBER, pb.Chunk.DATA_FIELD_NUMBER
_ALIGNMENT = 64

MOST_PIECES = 16
"""Pieces of a stream; a method sends one or two kinds of knowledge."""


@dataclass(frozen=True)
class Piece:
    """One encoded Knowledge.

    Attributes:
        kind: Number of the kind in the wire schema.
        data: An envelope.
    """

    kind: int
    data: Buffer


def cut(head: pb.Head, pieces: Sequence[Piece]) -> Iterator[bytes]:
    """Serialised Chunks: a head that names the pieces, and their bytes.

    Args:
        head: Without pieces.
        pieces: What to send.
    """
    named = pb.Head()
    named.CopyFrom(head)
    for piece in pieces:
        named.pieces.add(kind=piece.kind, size=len(piece.data))
    yield pb.Chunk(head=named).SerializeToString()
    for piece in pieces:
        view = memoryview(piece.data)
        for start in range(0, len(view), CHUNK_BYTES):
            yield b"".join(field(_DATA, [view[start : start + CHUNK_BYTES]]))


class Assembly:
    """Puts a stream together, each piece in its final place.

    Memory is taken as bytes arrive, never because a head announces them.

    Attributes:
        head: The head.
        size: Bytes that it announces.
        filled: Bytes that came.

    Args:
        first: The first chunk, serialised.
        max_bytes: Most bytes of all pieces together.

    Raises:
        CorruptMessageError: The chunk has no head, or the head makes no sense.
        TooLargeError: The pieces pass a limit.
    """

    def __init__(self, first: bytes, max_bytes: int) -> None:
        chunk = _parsed(first)
        if not chunk.HasField("head") or chunk.data:
            raise CorruptMessageError("a stream begins without a head", "send the head first, and alone")
        self.head = chunk.head
        if len(self.head.pieces) > MOST_PIECES:
            what = f"a stream has {len(self.head.pieces)} pieces, the limit is {MOST_PIECES}"
            raise TooLargeError(what, "send fewer kinds of knowledge")
        self.size = sum(piece.size for piece in self.head.pieces)
        if self.size > max_bytes:
            what = f"a stream of {self.size} bytes passes the limit of {max_bytes}"
            raise TooLargeError(what, "raise limits.max_bytes, or send less")
        self._places = [_place(piece.size) for piece in self.head.pieces]
        self.filled, self._piece, self._at = 0, 0, 0

    def add(self, chunk: bytes) -> None:
        """Take in a chunk.

        Raises:
            CorruptMessageError: It has another head, no data, or more than was announced.
        """
        data = memoryview(b"")
        for number, wire_type, value in scan(chunk):
            if number == _HEAD:
                raise CorruptMessageError("a chunk has another head", "send data alone after the head")
            if (number, wire_type) == (_DATA, BYTES) and isinstance(value, memoryview):
                data = value
        if not data:
            raise CorruptMessageError("a chunk has no data", "send data alone after the head")
        if self.filled + len(data) > self.size:
            what = f"a stream brings more than the {self.size} bytes that it announced"
            raise CorruptMessageError(what, "send it again")
        self.filled += len(data)
        while data:
            place = self._places[self._piece]
            fits = min(len(place) - self._at, len(data))
            place[self._at : self._at + fits] = data[:fits]
            data, self._at = data[fits:], self._at + fits
            if self._at == len(place):
                self._piece, self._at = self._piece + 1, 0

    def pieces(self) -> list[Piece]:
        """What was sent, once the stream has ended; views on where it arrived.

        Raises:
            CorruptMessageError: Bytes are missing.
        """
        if self.filled < self.size:
            what = f"a stream ended after {self.filled} of {self.size} bytes"
            raise CorruptMessageError(what, "send it again")
        return [
            Piece(piece.kind, place.toreadonly()) for piece, place in zip(self.head.pieces, self._places, strict=True)
        ]


def _place(size: int) -> memoryview:
    """Untouched memory, whose pages cost nothing.

    Its end is aligned, and so are the numbers that a message ends with: whoever reads them need not copy them.
    """
    room = np.empty(size + _ALIGNMENT, np.uint8)
    begin = -(room.ctypes.data + size) % _ALIGNMENT
    return room[begin : begin + size].data


def _parsed(chunk: bytes) -> pb.Chunk:
    try:
        return pb.Chunk.FromString(chunk)
    except DecodeError as error:
        raise CorruptMessageError(f"{len(chunk)} bytes are not a chunk", "send it again") from error
