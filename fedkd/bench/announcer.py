"""Who tells the outside that a round is over."""

from __future__ import annotations

from fedkd.federation import RoundReport
from fedkd.watcher import Silent


class Announcer(Silent):
    """Prints `round N` when a round is over and on disk."""

    def round(self, report: RoundReport, rounds: int) -> None:
        """One line."""
        print(f"round {report.round_}", flush=True)
