"""What waits is done in one go, and each hears of its own."""

from __future__ import annotations

import asyncio

import pytest

from fedkd.runtime.deploy.together import Together


class Desk:
    """Adds one to numbers, once the lock is free."""

    def __init__(self):
        self.alone, self.batches = asyncio.Lock(), []
        self.together = Together(self.alone, self.work)

    async def work(self, asked):
        self.batches.append(list(asked))
        await asyncio.sleep(0)
        if 13 in asked:
            raise OSError("the disk is full")
        return [ValueError(f"{number} is odd") if number % 2 else number + 1 for number in asked]


def test_what_waits_is_done_in_one_go():
    async def main():
        desk = Desk()
        async with desk.alone:
            waiting = [asyncio.create_task(desk.together.do(number)) for number in (2, 4, 6)]
            await asyncio.sleep(0.01)
            assert desk.batches == []
        assert await asyncio.gather(*waiting) == [3, 5, 7]
        assert desk.batches == [[2, 4, 6]]
        assert await desk.together.do(8) == 9
        assert desk.batches == [[2, 4, 6], [8]]

    asyncio.run(main())


def test_what_comes_meanwhile_is_done_next():
    async def main():
        desk = Desk()
        first = asyncio.create_task(desk.together.do(2))
        while not desk.batches:
            await asyncio.sleep(0)
        others = [asyncio.create_task(desk.together.do(number)) for number in (4, 6)]
        assert await asyncio.gather(first, *others) == [3, 5, 7]
        assert desk.batches == [[2], [4, 6]]

    asyncio.run(main())


def test_an_error_is_raised_where_it_belongs():
    async def main():
        desk = Desk()
        outcomes = await asyncio.gather(*map(desk.together.do, (2, 3)), return_exceptions=True)
        assert outcomes[0] == 3
        assert str(outcomes[1]) == "3 is odd"
        outcomes = await asyncio.gather(*map(desk.together.do, (2, 13)), return_exceptions=True)
        assert [str(outcome) for outcome in outcomes] == ["the disk is full"] * 2
        # And the next is done as if nothing had happened.
        assert await desk.together.do(4) == 5

    asyncio.run(main())


def test_who_hangs_up_leaves_nothing_half_done():
    async def main():
        desk = Desk()
        async with desk.alone:
            gone, stays = asyncio.create_task(desk.together.do(3)), asyncio.create_task(desk.together.do(4))
            await asyncio.sleep(0.01)
            gone.cancel()
        assert await stays == 5
        with pytest.raises(asyncio.CancelledError):
            await gone
        assert desk.batches == [[3, 4]]

    asyncio.run(main())
