"""The outermost layer: format version, codec name and checksum."""

from __future__ import annotations

import zlib

from google.protobuf.message import DecodeError

from fedkd.errors import CodecMismatchError, CorruptMessageError, TooLargeError, VersionError
from fedkd.wire.context import Limits
from fedkd.wire.v1 import knowledge_pb2 as pb

FORMAT = 1
"""Version of the wire format that this code writes, and the only one that it reads."""


def seal(content: bytes, codec: str, limits: Limits) -> bytes:
    """Wrap `content` for the wire.

    Raises:
        TooLargeError: The message is longer than the limit.
    """
    envelope = pb.Envelope(format=FORMAT, codec=codec, crc32=_checksum(content, codec), content=content)
    check_length(envelope.ByteSize(), limits)
    return envelope.SerializeToString()


def unseal(data: bytes, codec: str, limits: Limits) -> bytes:
    """The content of a message.

    Raises:
        TooLargeError: The message is longer than the limit.
        CorruptMessageError: It is no envelope, or its checksum is wrong.
        VersionError: It has another format.
        CodecMismatchError: It was coded by another codec than `codec`.
    """
    check_length(len(data), limits)
    try:
        envelope = pb.Envelope.FromString(data)
    except DecodeError as error:
        raise CorruptMessageError(f"{len(data)} bytes are not an envelope", "ask for it again") from error
    if envelope.format != FORMAT:
        what = f"a message has format {envelope.format}, this side speaks {FORMAT}"
        raise VersionError(what, "run the same fedkd on both sides")
    if envelope.crc32 != _checksum(envelope.content, envelope.codec):
        raise CorruptMessageError("a message has a wrong checksum", "ask for it again")
    if envelope.codec != codec:
        what = f"a message was coded by '{envelope.codec}', this side expects '{codec}'"
        raise CodecMismatchError(what, "give both sides the same codec")
    return envelope.content


def check_length(length: int, limits: Limits) -> None:
    """Raise TooLargeError if a message of `length` bytes passes the limit."""
    if length > limits.max_bytes:
        what = f"a message of {length} bytes passes the limit of {limits.max_bytes}"
        raise TooLargeError(what, "raise limits.max_bytes, or send less")


def _checksum(content: bytes, codec: str) -> int:
    return zlib.crc32(content, zlib.crc32(codec.encode()))
