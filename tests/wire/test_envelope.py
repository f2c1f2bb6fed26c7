"""The bytes of a message, by hand, and what a receiver does with others."""

import zlib

import numpy as np
import pytest

from fedkd.errors import CodecMismatchError, CorruptMessageError, TooLargeError, VersionError
from fedkd.knowledge import Kind, Knowledge
from fedkd.wire import Chain, Limits, WireContext
from fedkd.wire.envelope import seal, unseal
from fedkd.wire.stages import SoftLabel2
from fedkd.wire.v1 import knowledge_pb2 as pb

LIMITS = Limits()


def test_a_message_by_hand():
    values = np.array([[0.75, 0.25]], np.float32)
    knowledge = Knowledge(Kind.PROBS, {"values": values}, np.array([5]), "a", 1, "0f")
    header = bytes.fromhex(
        "0801"  # kind: probs
        "120161"  # sender: "a"
        "1801"  # round: 1
        "22010f"  # fingerprint: 0f
        "3a030a010a"  # row_list: one delta of 5, zigzag 10
        "42041a020102"  # one array: main name and float32 are not written; shape 1, 2
    )
    # Classes 0 and 1, half a byte each. p1 = 0.75 = cos^2(pi/6) is 10 of 15 steps to pi/4; p2 is the rest.
    data = bytes([0x10, 0x0A])
    content = b"\x0a\x15" + header + b"\x12\x02" + data
    checksum = zlib.crc32(b"soft_label2" + content).to_bytes(4, "little")
    expected = b"\x08\x01" + b"\x12\x0bsoft_label2" + b"\x1d" + checksum + b"\x22\x1b" + content
    chain = Chain((SoftLabel2(),))
    assert chain.encode(knowledge, WireContext()) == expected
    decoded = chain.decode(expected, WireContext())
    np.testing.assert_allclose(decoded.arrays["values"], values, atol=1e-7)


def test_seal_and_unseal():
    assert unseal(seal([b"content"], "codec", LIMITS), "codec", LIMITS) == b"content"


def test_another_format_is_a_version_error():
    envelope = pb.Envelope.FromString(seal([b"content"], "codec", LIMITS))
    envelope.format = 2
    with pytest.raises(VersionError, match="format 2"):
        unseal(envelope.SerializeToString(), "codec", LIMITS)


def test_another_codec_is_a_mismatch():
    with pytest.raises(CodecMismatchError, match="coded by 'int8', this side expects 'int4'"):
        unseal(seal([b"content"], "int8", LIMITS), "int4", LIMITS)


@pytest.mark.parametrize("field", ["codec", "content", "crc32"])
def test_the_checksum_covers_everything(field):
    envelope = pb.Envelope.FromString(seal([b"content"], "codec", LIMITS))
    envelope.ClearField(field)
    with pytest.raises(CorruptMessageError, match="checksum"):
        unseal(envelope.SerializeToString(), "codec", LIMITS)


def test_long_messages_are_refused_on_both_ends():
    with pytest.raises(TooLargeError, match="limit of 100"):
        seal([bytes(100)], "codec", Limits(max_bytes=100))
    with pytest.raises(TooLargeError, match="limit of 100"):
        unseal(seal([bytes(100)], "codec", LIMITS), "codec", Limits(max_bytes=100))
