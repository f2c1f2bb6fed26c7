"""Messages read in place: the same fields as protobuf's own code finds, or a refusal."""

from __future__ import annotations

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from fedkd.errors import CorruptMessageError, WireError
from fedkd.wire import Limits
from fedkd.wire.envelope import seal, unseal
from fedkd.wire.fields import BYTES, FIXED32, FIXED64, VARINT, field, scan
from fedkd.wire.v1 import knowledge_pb2 as pb

LIMITS = Limits()


def test_fields_by_hand():
    data = bytes.fromhex("0801120261621d04030201210102030405060708f80796 01".replace(" ", ""))

    found = [(number, kind, value if kind == VARINT else bytes(value)) for number, kind, value in scan(data)]

    assert found == [
        (1, VARINT, 1),
        (2, BYTES, b"ab"),
        (3, FIXED32, bytes([4, 3, 2, 1])),
        (4, FIXED64, bytes(range(1, 9))),
        (127, VARINT, 150),
    ]


def test_values_are_views():
    data = memoryview(bytearray(b"\x12\x02ab"))
    ((_, _, value),) = scan(data)
    data[2] = ord("c")
    assert bytes(value) == b"cb"


@pytest.mark.parametrize(
    "data",
    [
        b"\x08",
        b"\x08\x80",
        b"\x08" + b"\xff" * 10,
        b"\x12\x03ab",
        b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
        b"\x1d\x00\x00\x00",
        b"\x00\x01",
        b"\x0b\x0c",
        b"\x0e",
        b"\xff" * 10,
    ],
)
def test_what_is_no_message_is_refused(data):
    with pytest.raises(CorruptMessageError):
        list(scan(data))


@given(st.lists(st.binary(max_size=300), max_size=3))
def test_a_field_is_written_as_protobuf_does(parts):
    assert b"".join(field(2, parts)) == pb.Content(data=b"".join(parts)).SerializeToString()


@given(st.lists(st.binary(max_size=200), max_size=3), st.text(max_size=10))
def test_an_envelope_is_protobufs(content, codec):
    sealed = seal(content, codec, LIMITS)

    assert pb.Envelope.FromString(sealed).SerializeToString() == sealed
    assert pb.Envelope.FromString(sealed).content == b"".join(content)
    assert unseal(sealed, codec, LIMITS) == b"".join(content)


@given(st.binary(max_size=40))
def test_any_bytes_mean_what_protobuf_reads_or_are_refused(data):
    """Protobuf may take what we refuse (groups), never the other way round."""
    try:
        ours = [value for number, kind, value in scan(data) if (number, kind) == (2, BYTES)]
    except WireError:
        return
    try:
        theirs = pb.Content.FromString(data)
    except DecodeError:
        # Messages of ours are not taken apart any further than these fields.
        raise AssertionError(data) from None
    assert theirs.data == (bytes(ours[-1]) if ours else b"")
