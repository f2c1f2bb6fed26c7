"""Somebody who looks on while a federation is simulated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from fedkd.federation import RoundReport
from fedkd.search import Selection
from sim.device import DeviceProfile


class Watcher(Protocol):
    """A progress bar, a notebook, a test."""

    def stage(self, text: str) -> None:
        """A step of the preparation begins."""
        ...

    def searched(self, selection: Selection, devices: Sequence[DeviceProfile]) -> None:
        """Every site has its network."""
        ...

    def round(self, report: RoundReport, rounds: int) -> None:
        """A round is over and on disk."""
        ...


class Silent:
    """Looks on and says nothing."""

    def stage(self, text: str) -> None:
        """Nothing."""

    def searched(self, selection: Selection, devices: Sequence[DeviceProfile]) -> None:
        """Nothing."""

    def round(self, report: RoundReport, rounds: int) -> None:
        """Nothing."""
