"""Calls over a real connection: every error arrives as what it was, and a server outlives whatever it is sent."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future
from contextlib import suppress

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from fedkd.errors import (
    CorruptMessageError,
    DiskError,
    FencedError,
    KnowledgeError,
    NotAMemberError,
    RefusedError,
    RunError,
    TooLargeError,
    UnreachableError,
    WireError,
)
from fedkd.wire.service.calls import ADMIN, AGGREGATOR
from fedkd.wire.service.client import AggregatorClient, Deadlines
from fedkd.wire.service.options import CHUNK_BYTES, Connection
from fedkd.wire.service.server import serve
from fedkd.wire.service.stream import Assembly, Piece, cut
from fedkd.wire.v1 import aggregator_pb2 as pb

SESSION = pb.Session(site="site-00", epoch=1, instance="abc")
HEAD = pb.Head(session=SESSION, round=2)
PIECES = [Piece(1, bytes(range(256)) * 1025), Piece(2, b""), Piece(3, b"labels")]
"""The first is longer than a chunk."""


class TinyDesk:
    """Does what it is told."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.error: Exception | None = None
        self.wait_s = 0.0
        self.said: list[Piece] = []

    async def _say(self, reply):
        await asyncio.sleep(self.wait_s)
        if self.error is not None:
            raise self.error
        return reply

    async def join(self, request, context):
        return await self._say(pb.JoinReply(rounds=7, shortlist=[request.session.site]))

    async def enrol(self, request, context):
        return await self._say(pb.Standing(reason=request.spec))

    async def beat(self, request, context):
        return await self._say(pb.Standing(reason=request.instance))

    async def leave(self, request, context):
        return await self._say(pb.Standing(reason=request.reason))

    async def push(self, chunks, context):
        assembly = Assembly(await anext(chunks), 2**20)
        async for chunk in chunks:
            assembly.add(chunk)
        self.said = assembly.pieces()
        return await self._say(pb.PushReply(verdict=pb.PushReply.VERDICT_OK))

    async def pull(self, request, context):
        for chunk in cut(HEAD, PIECES):
            yield chunk
        await self._say(None)

    async def watch(self, request, context):
        for number in range(3):
            yield await self._say(pb.Event(round=number))

    async def status(self, request, context):
        return await self._say(pb.StatusReply(rounds=9))

    async def fence(self, request, context):
        return await self._say(pb.FenceReply(epoch=request.epoch + 1))

    async def abort(self, request, context):
        return await self._say(pb.StatusReply(standing=pb.Standing(reason=request.reason)))


class Server(threading.Thread):
    """A desk behind a port."""

    def __init__(self, desk: TinyDesk) -> None:
        super().__init__(daemon=True)
        self.desk = desk
        self.port: Future[int] = Future()
        self.over: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    def run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        over = asyncio.Event()
        server, port = await serve(
            {AGGREGATOR: self.desk, ADMIN: self.desk}, "127.0.0.1:0", None, Connection(metadata_bytes=8192)
        )
        self.over.set_result((asyncio.get_running_loop(), over))
        self.port.set_result(port)
        await over.wait()
        await server.stop(0)

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *problem) -> None:
        loop, over = self.over.result(30)
        # A test may have ended it already.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(over.set)
        self.join(30)


@pytest.fixture(scope="module")
def server():
    with Server(TinyDesk()) as server:
        server.port.result(30)
        yield server


@pytest.fixture
def desk(server):
    server.desk.reset()
    return server.desk


@pytest.fixture
def client(server, desk):
    client = AggregatorClient(f"127.0.0.1:{server.port.result()}", deadlines=Deadlines(call_s=10, wait_s=10))
    yield client
    client.close()


@pytest.fixture
def channel(server):
    with grpc.insecure_channel(f"127.0.0.1:{server.port.result()}") as channel:
        yield channel


CALLS = {
    "join": (pb.JoinRequest(session=SESSION),),
    "enrol": (pb.EnrolRequest(session=SESSION, spec="{}"),),
    "beat": (SESSION,),
    "leave": (SESSION, "done"),
    "push": (HEAD, PIECES),
    "pull": (pb.PullRequest(session=SESSION),),
    "status": (),
    "fence": ("site-00", 4),
    "abort": ("enough",),
}


def test_every_call_gets_its_own_answer(client, desk):
    assert client.join(*CALLS["join"]) == pb.JoinReply(rounds=7, shortlist=["site-00"])
    assert client.enrol(*CALLS["enrol"]).reason == "{}"
    assert client.beat(*CALLS["beat"]).reason == "abc"
    assert client.leave(*CALLS["leave"]).reason == "done"
    assert client.push(*CALLS["push"]).verdict == pb.PushReply.VERDICT_OK
    assert desk.said == PIECES
    head, pieces = client.pull(*CALLS["pull"])
    assert (head.round, pieces) == (2, PIECES)
    assert client.status().rounds == 9
    assert client.fence(*CALLS["fence"]) == 5
    assert client.abort(*CALLS["abort"]).standing.reason == "enough"
    assert [event.round for event in client.watch()] == [0, 1, 2]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (FencedError("epoch 1 is past", "end"), FencedError),
        (NotAMemberError("nobody has joined", "join"), NotAMemberError),
        (KnowledgeError("a row sums to 1.5", "send probabilities"), RefusedError),
        (TooLargeError("a message of 9 bytes", "send less"), RefusedError),
        (CorruptMessageError("a wrong checksum", "send it again"), RefusedError),
        (RefusedError("there is no such site", "use another name"), RefusedError),
        (DiskError("the disk is full", "free some space"), UnreachableError),
    ],
    ids=lambda value: "" if isinstance(value, type) else type(value).__name__,
)
@pytest.mark.parametrize("call", [*CALLS, "watch"])
def test_each_error_arrives_as_the_right_class_with_its_sentence(call, error, kind, client, desk):
    desk.error = error

    with pytest.raises(WireError) as caught:
        list(client.watch()) if call == "watch" else getattr(client, call)(*CALLS[call])

    assert type(caught.value) is kind
    assert str(error) in caught.value.what


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (KnowledgeError("no", "send"), "invalid_argument"),
        (TooLargeError("no", "send"), "resource_exhausted"),
        (RefusedError("no", "send"), "invalid_argument"),
        (RunError("no", "send"), "permission_denied"),
    ],
)
def test_refusals_tell_the_status_of_the_proto_file(error, status, client, desk):
    desk.error = error

    with pytest.raises(RefusedError, match=rf"\({status}: no; send\."):
        client.beat(SESSION)


def test_sentences_in_other_letters_arrive_whole(client, desk):
    desk.error = KnowledgeError("'Größe' ist 3 µm → 100 %", "send less")

    with pytest.raises(RefusedError, match="'Größe' ist 3 µm → 100 %; send less"):
        client.beat(SESSION)


@pytest.mark.parametrize(("kind", "expected"), [(FencedError, FencedError), (KnowledgeError, RefusedError)])
def test_a_sentence_of_any_length_arrives_as_the_right_class(kind, expected, client, desk):
    """Senders put names into messages, and receivers put those names into sentences."""
    desk.error = kind("a message is from '" + "ä" * 20_000 + "'", "send less")

    with pytest.raises(WireError) as caught:
        client.beat(SESSION)

    assert type(caught.value) is expected
    assert "a message is from" in str(caught.value)


def test_an_error_of_nobodys_making_is_a_refusal_and_not_the_end(client, desk, caplog):
    desk.error = ZeroDivisionError("oops")
    with pytest.raises(RefusedError, match="unknown"):
        client.beat(SESSION)

    desk.error = None
    assert client.beat(SESSION).reason == "abc"


@pytest.mark.parametrize("call", ["beat", "pull", "push"])
def test_a_deadline_is_unreachable(call, server, desk):
    desk.wait_s = 0.5
    client = AggregatorClient(
        f"127.0.0.1:{server.port.result()}", deadlines=Deadlines(call_s=0.1, wait_s=0.1, bytes_per_s=1e9)
    )
    began_s = time.monotonic()

    with pytest.raises(UnreachableError, match="deadline_exceeded"):
        getattr(client, call)(*CALLS[call])

    assert time.monotonic() - began_s < 0.45
    client.close()


def test_a_push_has_time_for_its_bytes(server, desk):
    desk.wait_s = 0.3
    # 0.05 s, and 262,406 bytes at 100 kB/s.
    deadlines = Deadlines(call_s=0.05, wait_s=0.05, bytes_per_s=1e5)
    client = AggregatorClient(f"127.0.0.1:{server.port.result()}", deadlines=deadlines)

    assert client.push(HEAD, PIECES).verdict == pb.PushReply.VERDICT_OK
    client.close()


@pytest.mark.parametrize("call", CALLS)
def test_a_dead_port_is_unreachable(call):
    with Server(TinyDesk()) as gone:
        port = gone.port.result(30)
    client = AggregatorClient(f"127.0.0.1:{port}", deadlines=Deadlines(call_s=5, wait_s=5))

    with pytest.raises(UnreachableError, match="unavailable"):
        getattr(client, call)(*CALLS[call])

    client.close()


def test_a_server_that_goes_away_is_unreachable():
    desk = TinyDesk()
    desk.wait_s = 30
    with Server(desk) as going:
        client = AggregatorClient(f"127.0.0.1:{going.port.result(30)}", deadlines=Deadlines(call_s=20))
        threading.Timer(0.2, going.__exit__).start()
        with pytest.raises(UnreachableError):
            client.beat(SESSION)
    client.close()


def listen(address):
    async def begin():
        desk = TinyDesk()
        server, _ = await serve({AGGREGATOR: desk, ADMIN: desk}, address, None, Connection())
        await server.stop(0)

    asyncio.run(begin())


def test_an_address_of_somebody_else_cannot_be_had():
    with pytest.raises(UnreachableError, match=r"256\.0\.0\.1:1 cannot be listened at"):
        listen("256.0.0.1:1")


def test_a_port_that_is_taken_cannot_be_had(server):
    """Two aggregators at one port would each get some of the calls."""
    with pytest.raises(UnreachableError, match="cannot be listened at"):
        listen(f"127.0.0.1:{server.port.result()}")


def test_what_comes_down_is_limited_too(server, desk):
    size = sum(len(piece.data) for piece in PIECES)
    for limit, passes in ((size, True), (size - 1, False)):
        client = AggregatorClient(f"127.0.0.1:{server.port.result()}", max_bytes=limit)
        if passes:
            assert client.pull(*CALLS["pull"])[1] == PIECES
        else:
            with pytest.raises(TooLargeError, match=f"a stream of {size} bytes passes the limit of {limit}"):
                client.pull(*CALLS["pull"])
        client.close()


def test_health_answers_that_it_serves(channel):
    stub = health_pb2_grpc.HealthStub(channel)
    for name in ("", AGGREGATOR.full_name, ADMIN.full_name):
        reply = stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=10)
        assert reply.status == health_pb2.HealthCheckResponse.SERVING
    with pytest.raises(grpc.RpcError) as caught:
        stub.Check(health_pb2.HealthCheckRequest(service="nobody"), timeout=10)
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


def test_reflection_lists_both_services(channel):
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    (reply,) = stub.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(list_services="")]), timeout=10)
    names = {service.name for service in reply.list_services_response.service}
    assert {"fedkd.wire.v1.Aggregator", "fedkd.wire.v1.AggregatorAdmin", "grpc.health.v1.Health"} <= names


def test_a_message_over_the_limit_is_refused_and_the_server_goes_on(server, desk, client, caplog):
    limit = dict(Connection().options())["grpc.max_receive_message_length"]
    assert CHUNK_BYTES < limit < 2 * CHUNK_BYTES
    with grpc.insecure_channel(f"127.0.0.1:{server.port.result()}") as boastful:
        push = boastful.stream_unary("/fedkd.wire.v1.Aggregator/Push")

        def sent(size):
            head = pb.Chunk(head=pb.Head(session=SESSION, pieces=[pb.Piece(kind=1, size=size)]))
            return push(iter([head.SerializeToString(), pb.Chunk(data=bytes(size)).SerializeToString()]), timeout=10)

        assert pb.PushReply.FromString(sent(limit - 100)).verdict == pb.PushReply.VERDICT_OK
        with pytest.raises(grpc.RpcError) as caught:
            sent(limit + 1)
        assert caught.value.code() is not grpc.StatusCode.DEADLINE_EXCEEDED
        assert len(desk.said[0].data) == limit - 100
        # On the same connection, and on another one.
        assert pb.PushReply.FromString(sent(100)).verdict == pb.PushReply.VERDICT_OK
    assert client.push(*CALLS["push"]).verdict == pb.PushReply.VERDICT_OK


def test_bytes_that_are_no_message_are_refused_and_the_server_goes_on(server, desk, client, caplog):
    with grpc.insecure_channel(f"127.0.0.1:{server.port.result()}") as rude:
        for call, factory in (("Beat", rude.unary_unary), ("Join", rude.unary_unary)):
            with pytest.raises(grpc.RpcError):
                factory(f"/fedkd.wire.v1.Aggregator/{call}")(b"\xff\xff\xff", timeout=10)
        with pytest.raises(grpc.RpcError):
            rude.stream_unary("/fedkd.wire.v1.Aggregator/Push")(iter([b"\xff\xff\xff"]), timeout=10)
        with pytest.raises(grpc.RpcError) as caught:
            rude.unary_unary("/fedkd.wire.v1.Aggregator/Vote")(b"", timeout=10)
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert client.beat(SESSION).reason == "abc"


def test_waits_without_end_make_no_sense():
    for deadlines in ({"call_s": 0}, {"wait_s": -1}, {"bytes_per_s": 0}):
        with pytest.raises(ValueError, match="must be above 0"):
            Deadlines(**deadlines)
    for limits in ({"ping_s": 0}, {"pong_s": -1}, {"metadata_bytes": 1023}):
        with pytest.raises(ValueError, match="must be above 0"):
            Connection(**limits)
