"""The schema of latent messages: what a message must hold, it can hold, and there is room for more."""

from __future__ import annotations

import pytest
from google.protobuf.descriptor_pb2 import DescriptorProto

from fedkd.wire.v1 import latent_pb2 as pb

FINGERPRINT = bytes.fromhex("b179c952")
POSE = pb.Pose(map="Town05", x=12.5, y=-3.0, z=0.25, yaw=1.5, pitch=-0.01, roll=0.02)


def said(**kind):
    return pb.LatentMessage(
        sender="car-1",
        sequence=7,
        fingerprint=FINGERPRINT,
        captured_us=-(2**40),
        clock=pb.CLOCK_VIRTUAL,
        episode="crossing/3",
        ttl_us=400_000,
        pose=POSE,
        size=115_451,
        **kind,
    )


def test_ragged_layers_round_trip():
    deep = pb.Layer(index=5, tokens=3, heads=3, head_size=64, keys=pb.ELEMENT_INT4, values=pb.ELEMENT_INT4)
    deeper = pb.Layer(
        index=19, tokens=2, heads=3, head_size=64, keys=pb.ELEMENT_FLOAT16, values=pb.ELEMENT_INT8, positions=1
    )
    places = [pb.Positions(axes=1, deltas=[3, 1, 36]), pb.Positions(axes=3, deltas=[4, 0, 4, 1, 4, -1])]
    message = said(kv=pb.KeyValues(layers=[deep, deeper], positions=places, end=50))

    read = pb.LatentChunk.FromString(pb.LatentChunk(message=message).SerializeToString()).message

    assert read == message
    assert read.WhichOneof("kind") == "kv"
    assert (read.captured_us, read.pose.yaw, read.fingerprint) == (-(2**40), 1.5, FINGERPRINT)
    assert [(layer.index, layer.tokens, layer.positions) for layer in read.kv.layers] == [(5, 3, 0), (19, 2, 1)]
    assert (read.kv.layers[1].keys, read.kv.layers[1].values) == (pb.ELEMENT_FLOAT16, pb.ELEMENT_INT8)
    assert [list(set_.deltas) for set_ in read.kv.positions] == [[3, 1, 36], [4, 0, 4, 1, 4, -1]]


def test_a_message_is_either_registers_or_keys_and_values():
    message = said(kv=pb.KeyValues(end=50))

    message.registers.CopyFrom(pb.Registers(count=8, width=576, values=pb.ELEMENT_FLOAT16))
    read = pb.LatentMessage.FromString(message.SerializeToString())

    assert read.WhichOneof("kind") == "registers"
    assert not read.HasField("kv")
    assert (read.registers.count, read.registers.width, read.registers.layer) == (8, 576, 0)


@pytest.mark.parametrize("name", ["LatentMessage", "Pose", "KeyValues", "Layer", "Positions", "Registers"])
def test_numbers_of_one_byte_are_used_or_kept(name):
    """Whoever adds a field takes a number that was kept, and no other."""
    schema = DescriptorProto()
    pb.DESCRIPTOR.message_types_by_name[name].CopyToProto(schema)

    used = {field.number for field in schema.field}
    kept = {number for kept in schema.reserved_range for number in range(kept.start, kept.end)}

    assert used | kept == set(range(1, 16))
    assert not used & kept
    assert kept


def test_the_service_publishes_and_subscribes_in_streams():
    service = pb.DESCRIPTOR.services_by_name["LatentExchange"]

    calls = {call.name: (call.client_streaming, call.server_streaming) for call in service.methods}

    assert calls == {"Publish": (True, False), "Subscribe": (False, True)}
