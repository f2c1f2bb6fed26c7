"""Who looks after a federation, and what becomes of it when nobody does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from fedkd.errors import UnreachableError
from fedkd.runtime.deploy.attendance import Attendance, Fate, unattended

GONE = UnreachableError("the SuperLink does not answer", "see whether it runs")


class Link:
    """Answers one after the other what became of a run; the last answer stays."""

    def __init__(self, *answers: Fate | UnreachableError) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.hold = threading.Event()
        self.hold.set()

    def __call__(self, run: str) -> Fate:
        self.asked.append(run)
        assert self.hold.wait(30)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Room:
    """An attendance that asks again at once, and the aborts that it asked for."""

    def __init__(self, link: Link, longest_s: float = 60.0) -> None:
        self.link = link
        self.attendance = Attendance(link, again_s=0.01, longest_s=longest_s)
        self.aborted: list[str] = []

    async def attend(self, run: str = "7") -> None:
        async with self.attendance.of(run, self.aborted.append):
            await asyncio.sleep(0)

    async def until(self, so: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not so():
                await asyncio.sleep(0.005)

    async def settled(self) -> None:
        """Until nobody is asked any more."""
        await self.until(lambda: not self.attendance._asking)


def test_a_run_that_was_stopped_is_an_abort_with_the_reason():
    async def main():
        room = Room(Link(Fate.STOPPED))
        await room.attend()
        await room.settled()
        assert (room.aborted, room.link.asked) == (["run 7 was stopped"], ["7"])

    asyncio.run(main())


def test_a_run_that_failed_is_no_reason_to_end():
    async def main():
        room = Room(Link(Fate.ENDED))
        await room.attend()
        await room.settled()
        await asyncio.sleep(0.05)
        assert (room.aborted, room.link.asked) == ([], ["7"])

    asyncio.run(main())


@pytest.mark.parametrize("unknown", [Fate.GOES_ON, GONE])
def test_what_cannot_be_known_yet_is_asked_again(unknown):
    async def main():
        room = Room(Link(unknown, unknown, Fate.STOPPED))
        await room.attend()
        await room.settled()
        assert (room.aborted, len(room.link.asked)) == (["run 7 was stopped"], 3)

    asyncio.run(main())


def test_who_attends_again_ends_the_questions():
    async def main():
        room = Room(Link(Fate.GOES_ON))
        await room.attend()
        await room.until(lambda: bool(room.link.asked))
        async with room.attendance.of("7", room.aborted.append):
            await room.settled()
            asked = len(room.link.asked)
            await asyncio.sleep(0.1)
            assert len(room.link.asked) == asked
            room.link.answers = [Fate.STOPPED]
        # And when it hangs up again, it is asked again.
        await room.settled()
        assert room.aborted == ["run 7 was stopped"]

    asyncio.run(main())


def test_while_somebody_attends_nobody_is_asked():
    async def main():
        room = Room(Link(Fate.STOPPED))
        async with room.attendance.of("7", room.aborted.append):
            await room.attend()
            await asyncio.sleep(0.05)
            assert room.link.asked == []
        await room.settled()
        assert room.link.asked == ["7"]

    asyncio.run(main())


def test_a_run_is_asked_about_once_at_a_time():
    async def main():
        room = Room(Link(Fate.ENDED))
        room.link.hold.clear()
        for _ in range(3):
            await room.attend()
            await room.until(lambda: bool(room.link.asked))
        room.link.hold.set()
        await room.settled()
        assert room.link.asked == ["7"]

    asyncio.run(main())


def test_runs_are_told_apart():
    async def main():
        room = Room(Link(Fate.STOPPED))
        async with room.attendance.of("7", room.aborted.append):
            await room.attend("8")
            await room.settled()
            assert room.aborted == ["run 8 was stopped"]

    asyncio.run(main())


def test_who_names_no_run_is_not_missed():
    async def main():
        room = Room(Link(Fate.STOPPED))
        await room.attend("")
        await asyncio.sleep(0.05)
        assert (room.aborted, room.link.asked) == ([], [])

    asyncio.run(main())


def test_an_attendant_that_breaks_off_is_missed_as_well():
    async def main():
        room = Room(Link(Fate.STOPPED))
        with pytest.raises(asyncio.CancelledError):
            async with room.attendance.of("7", room.aborted.append):
                raise asyncio.CancelledError
        await room.settled()
        assert room.aborted == ["run 7 was stopped"]

    asyncio.run(main())


def test_pauses_grow_to_their_longest(monkeypatch):
    async def main():
        pauses, sleep = [], asyncio.sleep

        async def noting(wait_s):
            pauses.append(wait_s)
            await sleep(0)

        room = Room(Link(*[Fate.GOES_ON] * 5, Fate.ENDED), longest_s=0.05)
        await room.attend()
        monkeypatch.setattr("fedkd.runtime.deploy.attendance.asyncio.sleep", noting)
        task = room.attendance._asking["7"]
        await asyncio.wait_for(task, 30)
        assert pauses == [0.01, 0.02, 0.04, 0.05, 0.05]

    asyncio.run(main())


def test_where_nobody_can_be_asked_a_run_has_ended():
    assert unattended("7") is Fate.ENDED
