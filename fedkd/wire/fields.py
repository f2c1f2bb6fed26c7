"""Protobuf's wire format, as far as the large messages need it: read in place and written in parts, without copies.

The bytes are those that protobuf's own code writes; it would copy the numbers of a message once a layer. As there, a
field that occurs twice counts as it was said last, and what a reader does not know it skips.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fedkd.errors import CorruptMessageError
from fedkd.wire.buffer import Buffer

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_FIXED = {FIXED64: 8, FIXED32: 4}
_LONGEST_VARINT = 10

Value = int | memoryview


def scan(data: Buffer) -> Iterator[tuple[int, int, Value]]:
    """Number, wire type and value of each field: an integer for a varint, a view on `data` for all else.

    Raises:
        CorruptMessageError: This is no message.
    """
    view, at = memoryview(data), 0
    while at < len(view):
        tag, at = _varint(view, at)
        number, wire_type = tag >> 3, tag & 7
        if number == 0 or tag >= 2**32:
            raise _corrupt()
        if wire_type == VARINT:
            value, at = _varint(view, at)
            yield number, wire_type, value
            continue
        if wire_type == BYTES:
            size, at = _varint(view, at)
        else:
            size = _FIXED.get(wire_type, len(view))
        if size > len(view) - at:
            raise _corrupt()
        yield number, wire_type, view[at : at + size]
        at += size


def field(number: int, parts: Sequence[Buffer]) -> list[Buffer]:
    """The parts of a field of bytes; none if there are no bytes, as protobuf writes it."""
    size = sum(len(part) for part in parts)
    return [bytes([number << 3 | BYTES]) + _written(size), *parts] if size else []


def text(value: memoryview) -> str:
    """A field of letters.

    Raises:
        CorruptMessageError: They are none.
    """
    try:
        return str(value, "utf-8")
    except UnicodeDecodeError as error:
        raise _corrupt() from error


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for i, byte in enumerate(view[at : at + _LONGEST_VARINT]):
        value |= (byte & 0x7F) << 7 * i
        if byte < 0x80:
            return value & (2**64 - 1), at + i + 1
    raise _corrupt()


def _written(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _corrupt() -> CorruptMessageError:
    return CorruptMessageError("a message is not made of fields", "ask for it again")
