"""What an aggregator wrote down, as the reports of rounds that a simulation would give."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fedkd.errors import DamagedRunError
from fedkd.federation import RoundReport

_TRAINING = ("trained_accuracy", "train_cpu_s", "search_cpu_s")
_KNOWN = ("own_validation_accuracy", *_TRAINING)
_FACTS = ("event", "round", "bytes_up", "bytes_down", "figures", "students", "server_cpu_s")

Event = Mapping[str, Any]


class Chronicle:
    """Reads events as they come, and tells a round once all is known of it.

    What a site says in a round begins with figures of its network as the round before left it, so a round is known
    when the next one is closed, and the last one when the sites have said goodbye.

    Args:
        path: The aggregator's events; it need not be there yet.
        sites: Names, in the agreed order.
    """

    def __init__(self, path: Path, sites: Sequence[str]) -> None:
        self.path = path
        self.sites = sites
        self._rounds: dict[int, Event] = {}
        self._left: dict[str, Event] = {}
        self._read = 0

    def read(self) -> None:
        """Read what is new, up to the last whole line.

        Raises:
            DamagedRunError: A line cannot be read.
        """
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            file.seek(self._read)
            whole = file.read().rpartition(b"\n")[0]
        self._read += len(whole) + bool(whole)
        for line in whole.splitlines():
            try:
                self._add(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise DamagedRunError(f"'{self.path}' cannot be read ({error})", "restore it") from error

    def _add(self, event: Event) -> None:
        # A process that went on where another was killed may say the same again.
        if event["event"] == "round":
            self._rounds[event["round"]] = event
        elif event["event"] == "left":
            self._left[event["site"]] = event

    def known(self, round_: int, last: bool) -> bool:
        """Whether all is known of a round."""
        after = len(self._left) == len(self.sites) if last else round_ + 1 in self._rounds
        return round_ in self._rounds and after

    def report(self, round_: int, specs: Mapping[str, str], names: Mapping[str, str]) -> RoundReport:
        """What happened in a round that was closed.

        Args:
            round_: The round.
            specs: Network of each site, as JSON.
            names: The same, in short.
        """
        event, after = self._rounds[round_], self._after(round_)
        # Figures travel without an order.
        scores = sorted({name for figures in after.values() for name in figures} - set(_KNOWN))
        rows = tuple(
            {
                "round": round_,
                "site": site,
                "network": names[site],
                **{name: after[site].get(name) for name in scores},
                "trained_accuracy": event["figures"].get(site, {}).get("trained_accuracy"),
                # Nobody has everybody's validation samples.
                "validation_accuracy": None,
                "own_validation_accuracy": after[site].get("own_validation_accuracy"),
                "student_accuracy": event["students"].get(specs[site]),
                "bytes_up": event["bytes_up"].get(site, 0),
                "bytes_down": self._down(site, round_),
                # Time is real here.
                "virtual_time_us": 0,
            }
            for site in self.sites
        )
        facts = {key: value for key, value in event.items() if key not in _FACTS and (key != "missing" or value)}
        train, search = (sum(f.get(name, 0.0) for f in event["figures"].values()) for name in _TRAINING[1:])
        return RoundReport(round_, rows, facts, train, event["server_cpu_s"], search)

    def _after(self, round_: int) -> dict[str, Mapping[str, float]]:
        """Figures of what a round left behind; nothing of sites that did not say."""
        said = self._rounds.get(round_ + 1, {}).get("figures", {})
        left = {site: event["figures"] for site, event in self._left.items()}
        return {site: (said if round_ + 1 in self._rounds else left).get(site, {}) for site in self.sites}

    def _down(self, site: str, round_: int) -> int:
        """Bytes of the answers after a round, and in the first one of what came before it."""
        before = int(self._rounds[round_]["bytes_down"].get(site, 0)) if round_ == 1 else 0
        after = self._rounds.get(round_ + 1)
        goodbye = self._left.get(site, {}).get("bytes_down", 0)
        return before + int(goodbye if after is None else after["bytes_down"].get(site, 0))
