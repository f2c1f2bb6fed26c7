"""What comes in at one time: one push a site, none too slow, and not too much of all."""

from __future__ import annotations

import asyncio

import pytest

from fedkd.errors import CorruptMessageError, TooLargeError, UnreachableError
from fedkd.runtime.deploy.intake import Intake
from fedkd.runtime.deploy.rules import Rules
from fedkd.wire.service.stream import Piece, cut
from fedkd.wire.v1 import aggregator_pb2 as pb

RULES = Rules(max_bytes=1000, max_arriving=1500, call_s=0.1, bytes_per_s=1e4)


def chunks(size):
    return list(cut(pb.Head(round=1), [Piece(1, bytes(size))]))


async def stream(*chunks, then=None):
    for chunk in chunks:
        yield chunk
    if then is not None:
        await then.wait()


async def read(intake, site, sent, then=None, inside=None):
    source = stream(*sent, then=then)
    assembly = await intake.begin(source)
    async with intake.take(site, assembly, source, lambda: None):
        if inside is not None:
            await inside.wait()
        return assembly.pieces()


def test_a_push_is_read():
    (piece,) = asyncio.run(read(Intake(RULES), "a", chunks(700)))
    assert piece.data == bytes(700)


def test_a_push_without_a_head_is_refused():
    for sent, error in (([], CorruptMessageError), ([b"\xff"], CorruptMessageError), (chunks(1001)[:1], TooLargeError)):
        with pytest.raises(error):
            asyncio.run(read(Intake(RULES), "a", sent))


@pytest.mark.parametrize(("sent", "match"), [(0, "did not begin within 0.1 s"), (1, "pushed 0 of 500 bytes in 0 s")])
def test_a_push_that_trickles_ends(sent, match):
    async def main():
        with pytest.raises(UnreachableError, match=match):
            await read(Intake(RULES), "a", chunks(500)[:sent], then=asyncio.Event())

    asyncio.run(asyncio.wait_for(main(), 5))


def test_a_newer_push_of_a_site_ends_the_older():
    async def main():
        intake, never = Intake(RULES), asyncio.Event()
        older = asyncio.create_task(read(intake, "a", chunks(500)[:1], then=never))
        await asyncio.sleep(0.01)
        other = asyncio.create_task(read(intake, "b", chunks(400)))
        (piece,) = await read(intake, "a", chunks(300))
        assert piece.data == bytes(300)
        with pytest.raises(UnreachableError, match="another push of 'a' has begun"):
            await older
        assert (await other)[0].data == bytes(400)

    asyncio.run(main())


def test_a_caller_that_hangs_up_is_cancelled_as_ever():
    async def main():
        intake = Intake(RULES)
        task = asyncio.create_task(read(intake, "a", chunks(500)[:1], then=asyncio.Event()))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        # And leaves nothing behind.
        assert (await read(intake, "a", chunks(1000)))[0].data == bytes(1000)

    asyncio.run(main())


def test_bytes_of_all_sites_are_bounded_and_heads_alone_count_nothing():
    async def main():
        intake, go_on, never = Intake(RULES), asyncio.Event(), asyncio.Event()
        heads = [asyncio.create_task(read(intake, f"{i}", chunks(900)[:1], then=never)) for i in range(20)]
        first = asyncio.create_task(read(intake, "a", chunks(900), inside=go_on))
        await asyncio.sleep(0.01)
        with pytest.raises(UnreachableError, match="1800 bytes arrive at one time"):
            await read(intake, "b", chunks(900))
        go_on.set()
        await first
        # There is room again.
        await read(intake, "b", chunks(900))
        for head in heads:
            head.cancel()
        await asyncio.gather(*heads, return_exceptions=True)

    asyncio.run(main())


def test_a_single_push_is_always_taken():
    intake = Intake(Rules(max_bytes=1000, max_arriving=10))
    assert asyncio.run(read(intake, "a", chunks(1000)))[0].data == bytes(1000)
