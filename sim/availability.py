"""Availability: when a site is there, and whether it delivers what it began."""

from __future__ import annotations

from dataclasses import dataclass

from sim.streams import Name, Streams

WINDOW = 8
"""Length of a window in mean distances of two calls: it has eight on average, and one window in 3,000 has none."""


@dataclass(frozen=True)
class Availability:
    """Sites that come and go, independently of one another.

    In virtual time, periods in which a site is on and off take turns, and their lengths are exponential, so the site is
    on for on_us / (on_us + off_us) of the time, at the start as well as later. Such a site is what remains when calls
    to come back arrive at a mean distance of `off_us` and calls to go away at one of `on_us`, both as Poisson
    processes, and the site obeys the latest call: obeying a call twice changes nothing. Calls in disjoint windows of
    time are independent, so each window is drawn from a stream of its own name, and a question about any time looks at
    a few windows around it, whatever was asked before.

    Attributes:
        dropout: Probability that a site that took part in a round never delivers.
        on_us: Mean length of a period on, microseconds; None, like `off_us`, if all sites are always on.
        off_us: Mean length of a period off, microseconds.
    """

    dropout: float = 0.0
    on_us: int | None = None
    off_us: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout={self.dropout} must be at least 0 and below 1, or no round would ever close")
        if (self.on_us is None) != (self.off_us is None):
            raise ValueError(f"on_us={self.on_us} and off_us={self.off_us} must be given together or not at all")
        if self.on_us is not None and self.off_us is not None and min(self.on_us, self.off_us) < 1:
            raise ValueError(f"on_us={self.on_us} and off_us={self.off_us} must be at least 1")

    def drops_out(self, name: str, round_: int, streams: Streams) -> bool:
        """Whether the site `name` takes part in round `round_` and never delivers."""
        return bool(streams.generator("availability", name, "dropout", round_).random() < self.dropout)

    def next_on_us(self, name: str, at_us: int, streams: Streams) -> int:
        """When the site `name` can be reached next: `at_us` if it is on, otherwise when it comes back.

        Args:
            name: The site.
            at_us: Virtual time of the question, microseconds.
            streams: Names the draws.
        """
        if self.on_us is None or self.off_us is None:
            return at_us
        back = _Calls((name, "on"), self.off_us, streams)
        away = _Calls((name, "off"), self.on_us, streams)
        return at_us if back.latest_us(at_us) >= away.latest_us(at_us) else back.next_us(at_us)


@dataclass(frozen=True)
class _Calls:
    """A Poisson process over all time, at whole microseconds.

    Attributes:
        name: Whom the calls reach, and what they say.
        mean_us: Mean distance of two calls.
        streams: Names the draws.
    """

    name: tuple[Name, ...]
    mean_us: int
    streams: Streams

    def latest_us(self, at_us: int) -> int:
        """Time of the latest call that is not after `at_us`."""
        window = at_us // self._length_us
        while not (times := [t for t in self._times_us(window) if t <= at_us]):
            window -= 1
        return max(times)

    def next_us(self, at_us: int) -> int:
        """Time of the first call after `at_us`."""
        window = at_us // self._length_us
        while not (times := [t for t in self._times_us(window) if t > at_us]):
            window += 1
        return min(times)

    @property
    def _length_us(self) -> int:
        return WINDOW * self.mean_us

    def _times_us(self, window: int) -> list[int]:
        rng = self.streams.generator("availability", *self.name, window)
        offsets = rng.integers(0, self._length_us, rng.poisson(WINDOW))
        return [window * self._length_us + offset for offset in offsets.tolist()]
