"""Schedules: which sites are asked in a round, and when the aggregator stops waiting."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from sim.streams import Streams


@dataclass(frozen=True)
class Closing:
    """The end of a round.

    Attributes:
        at_us: Virtual time at which the aggregator goes on.
        taken: Sites whose contributions it has by then, in the order in which they arrived.
        missing: Sites that it waited for in vain; what of theirs is still on its way comes to nothing.
    """

    at_us: int
    taken: tuple[str, ...]
    missing: tuple[str, ...]


@runtime_checkable
class Schedule(Protocol):
    """When rounds begin and end."""

    @property
    def patient(self) -> bool:
        """Whether a site that never delivers would be waited for without end."""
        ...

    def ask(self, idle: Sequence[str], sites: int, round_: int, streams: Streams) -> tuple[str, ...]:
        """Which of the idle sites take part in a round.

        Args:
            idle: Names of the sites that are on and not at work.
            sites: Number of all sites.
            round_: The round.
            streams: Random streams.
        """
        ...

    def close(self, arrivals: Mapping[str, int], silent: Sequence[str], opened_us: int) -> Closing:
        """When a round ends.

        Args:
            arrivals: When each contribution that is on its way arrives, microseconds.
            silent: Sites that were asked and will never deliver.
            opened_us: When the round was opened.
        """
        ...


@dataclass(frozen=True)
class Synchronous:
    """Everyone who was asked is waited for, until a deadline if there is one.

    A round ends when all have delivered; at the deadline, if the quorum has; or else as soon as it has. Who comes
    later is left out of this round, and can be asked again.

    Attributes:
        participation: Share of all sites that are asked in a round, in (0, 1]; drawn anew each round.
        deadline_us: How long after its opening a round is closed; None waits for ever.
        quorum: Share of those asked without whom the deadline does not close a round, in (0, 1].
    """

    participation: float = 1.0
    deadline_us: int | None = None
    quorum: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.participation <= 1 or not 0 < self.quorum <= 1:
            what = f"participation={self.participation} and quorum={self.quorum}"
            raise ValueError(f"{what} must be above 0 and at most 1")
        if self.deadline_us is not None and self.deadline_us < 1:
            raise ValueError(f"deadline_us={self.deadline_us} must be at least 1, or null for none")

    @property
    def patient(self) -> bool:
        """Without a deadline."""
        return self.deadline_us is None

    def ask(self, idle: Sequence[str], sites: int, round_: int, streams: Streams) -> tuple[str, ...]:
        """A random part of the idle sites."""
        wanted = max(1, round(self.participation * sites))
        if wanted >= len(idle):
            return tuple(idle)
        drawn = streams.generator("federation", "participation", round_).permutation(len(idle))[:wanted]
        return tuple(idle[i] for i in sorted(drawn.tolist()))

    def close(self, arrivals: Mapping[str, int], silent: Sequence[str], opened_us: int) -> Closing:
        """All, or the deadline and the quorum."""
        order = sorted(arrivals, key=lambda name: (arrivals[name], name))
        at_us = arrivals[order[-1]] if order else opened_us
        if self.deadline_us is not None:
            deadline_us = opened_us + self.deadline_us
            needed = math.ceil(self.quorum * (len(order) + len(silent)))
            # Fewer than the quorum will ever come: all that do are waited for, and the deadline at least.
            enough_us = arrivals[order[needed - 1]] if len(order) >= needed else max(at_us, deadline_us)
            # Nobody silent and everybody early: there is nothing left to wait for.
            at_us = max(enough_us, deadline_us) if silent else min(at_us, max(enough_us, deadline_us))
        taken = tuple(name for name in order if arrivals[name] <= at_us)
        return Closing(at_us, taken, (*(name for name in order if name not in set(taken)), *silent))


@dataclass(frozen=True)
class Buffered:
    """Asynchronous: a round is a buffer that fills; whoever delivered goes on at once, nobody waits for the slowest.

    Nguyen et al., Federated learning with buffered asynchronous aggregation (AISTATS 2022). Contributions may be
    older than the round that takes them; methods discount them by their age.

    Attributes:
        size: Contributions that close a round, at least 1.
    """

    size: int = 10

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError(f"a buffer of size={self.size} never fills; at least 1 is needed")

    @property
    def patient(self) -> bool:
        """Others fill the buffer."""
        return False

    def ask(self, idle: Sequence[str], sites: int, round_: int, streams: Streams) -> tuple[str, ...]:
        """Everyone who is idle."""
        return tuple(idle)

    def close(self, arrivals: Mapping[str, int], silent: Sequence[str], opened_us: int) -> Closing:
        """When the buffer is full, or everybody who will ever deliver has."""
        order = sorted(arrivals, key=lambda name: (arrivals[name], name))[: self.size]
        at_us = max(opened_us, arrivals[order[-1]]) if order else opened_us
        return Closing(at_us, tuple(order), ())
