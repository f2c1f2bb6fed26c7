"""Knowledge as a stream of chunks, and back, within limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fedkd.errors import CorruptMessageError, TooLargeError
from fedkd.wire.service.options import CHUNK_BYTES
from fedkd.wire.v1 import aggregator_pb2 as pb

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
    data: bytes


def cut(head: pb.Head, pieces: Sequence[Piece]) -> Iterator[pb.Chunk]:
    """A head that names the pieces, and their bytes.

    Args:
        head: Without pieces.
        pieces: What to send.
    """
    named = pb.Head()
    named.CopyFrom(head)
    for piece in pieces:
        named.pieces.add(kind=piece.kind, size=len(piece.data))
    yield pb.Chunk(head=named)
    for piece in pieces:
        view = memoryview(piece.data)
        for start in range(0, len(view), CHUNK_BYTES):
            yield pb.Chunk(data=bytes(view[start : start + CHUNK_BYTES]))


class Assembly:
    """Puts a stream together. Memory is taken as bytes arrive, never because a head announces them.

    Args:
        first: The first chunk.
        max_bytes: Most bytes of all pieces together.

    Raises:
        CorruptMessageError: The chunk has no head, or the head makes no sense.
        TooLargeError: The pieces pass a limit.
    """

    def __init__(self, first: pb.Chunk, max_bytes: int) -> None:
        if not first.HasField("head") or first.data:
            raise CorruptMessageError("a stream begins without a head", "send the head first, and alone")
        self.head = first.head
        if len(self.head.pieces) > MOST_PIECES:
            what = f"a stream has {len(self.head.pieces)} pieces, the limit is {MOST_PIECES}"
            raise TooLargeError(what, "send fewer kinds of knowledge")
        self.size = sum(piece.size for piece in self.head.pieces)
        if self.size > max_bytes:
            what = f"a stream of {self.size} bytes passes the limit of {max_bytes}"
            raise TooLargeError(what, "raise limits.max_bytes, or send less")
        # Pages of untouched memory cost nothing.
        self._buffer = np.empty(self.size, np.uint8)
        self._filled = 0

    def add(self, chunk: pb.Chunk) -> None:
        """Take in a chunk.

        Raises:
            CorruptMessageError: It has another head, no data, or more than was announced.
        """
        data = chunk.data
        if chunk.HasField("head") or not data:
            raise CorruptMessageError("a chunk has another head, or no data", "send data alone after the head")
        end = self._filled + len(data)
        if end > self.size:
            what = f"a stream brings more than the {self.size} bytes that it announced"
            raise CorruptMessageError(what, "send it again")
        self._buffer[self._filled : end] = np.frombuffer(data, np.uint8)
        self._filled = end

    def pieces(self) -> list[Piece]:
        """What was sent, once the stream has ended.

        Raises:
            CorruptMessageError: Bytes are missing.
        """
        if self._filled < self.size:
            what = f"a stream ended after {self._filled} of {self.size} bytes"
            raise CorruptMessageError(what, "send it again")
        found, start = [], 0
        for piece in self.head.pieces:
            found.append(Piece(piece.kind, self._buffer[start : start + piece.size].tobytes()))
            start += piece.size
        return found
