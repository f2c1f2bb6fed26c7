"""The outermost layer: format version, codec name and checksum."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from fedkd.errors import CodecMismatchError, CorruptMessageError, TooLargeError, VersionError
from fedkd.wire.buffer import Buffer
from fedkd.wire.context import Limits
from fedkd.wire.fields import BYTES, FIXED32, field, scan, text
from fedkd.wire.v1 import knowledge_pb2 as pb

FORMAT = 1
"""Version of the wire format that this code writes, and the only one that it reads."""


def seal(content: Sequence[Buffer], codec: str, limits: Limits) -> bytes:
    """Wrap the parts of `content` for the wire, in one copy.

    Raises:
        TooLargeError: The message is longer than the limit.
    """
    head = pb.Envelope(format=FORMAT, codec=codec, crc32=_checksum(content, codec)).SerializeToString()
    # The content's number is the last.
    parts = [head, *field(pb.Envelope.CONTENT_FIELD_NUMBER, content)]
    check_length(sum(len(part) for part in parts), limits)
    return b"".join(parts)


def unseal(data: Buffer, codec: str, limits: Limits) -> memoryview:
    """The content of a message, in place.

    Raises:
        TooLargeError: The message is longer than the limit.
        CorruptMessageError: It is no envelope, or its checksum is wrong.
        VersionError: It has another format.
        CodecMismatchError: It was coded by another codec than `codec`.
    """
    check_length(len(data), limits)
    format_, theirs, checksum, content = 0, "", 0, memoryview(b"")
    for number, wire_type, value in scan(data):
        if isinstance(value, int):
            format_ = value & 0xFFFFFFFF if number == pb.Envelope.FORMAT_FIELD_NUMBER else format_
        elif (number, wire_type) == (pb.Envelope.CODEC_FIELD_NUMBER, BYTES):
            theirs = text(value)
        elif (number, wire_type) == (pb.Envelope.CRC32_FIELD_NUMBER, FIXED32):
            checksum = int.from_bytes(value, "little")
        elif (number, wire_type) == (pb.Envelope.CONTENT_FIELD_NUMBER, BYTES):
            content = value
    if format_ != FORMAT:
        what = f"a message has format {format_}, this side speaks {FORMAT}"
        raise VersionError(what, "run the same fedkd on both sides")
    if checksum != _checksum([content], theirs):
        raise CorruptMessageError("a message has a wrong checksum", "ask for it again")
    if theirs != codec:
        what = f"a message was coded by '{theirs}', this side expects '{codec}'"
        raise CodecMismatchError(what, "give both sides the same codec")
    return content


def check_length(length: int, limits: Limits) -> None:
    """Raise TooLargeError if a message of `length` bytes passes the limit."""
    if length > limits.max_bytes:
        what = f"a message of {length} bytes passes the limit of {limits.max_bytes}"
        raise TooLargeError(what, "raise limits.max_bytes, or send less")


def _checksum(content: Sequence[Buffer], codec: str) -> int:
    checksum = zlib.crc32(codec.encode())
    for part in content:
        checksum = zlib.crc32(part, checksum)
    return checksum
