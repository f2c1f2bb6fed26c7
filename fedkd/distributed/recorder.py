"""Keeps the record of a run whose rounds happen in other processes."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from pathlib import Path

from fedkd.deployment import Agreed
from fedkd.distributed.chronicle import Chronicle
from fedkd.federation import Parts
from fedkd.models import ArchSpec, measure
from fedkd.record import Run
from fedkd.runtime.deploy.ledger import FACTS, Facts, Ledger
from fedkd.search import Choice, Selection
from fedkd.summary import Totals
from fedkd.watcher import Watcher

EVENTS = "events.jsonl"


class Recorder:
    """Turns what an aggregator keeps into what a simulation records.

    Args:
        run: The run directory.
        parts: What the federation is made from.
        agreed: What all ends hold.
        state: The aggregator's folder.
        watcher: Is told of progress.
        done: Rounds that are on record already.
        totals: Of these.
    """

    def __init__(
        self, run: Run, parts: Parts, agreed: Agreed, state: Path, watcher: Watcher, done: int, totals: Totals
    ) -> None:
        self.run = run
        self.parts = parts
        self.totals = totals
        self._agreement = agreed.digest
        self._state = state
        self._watcher = watcher
        self._done = done
        self._began_s = time.perf_counter() - totals.wall_time_s
        self._chronicle = Chronicle(state / EVENTS, parts.names)
        self._specs: Mapping[str, str] = {}

    def catch_up(self) -> None:
        """Record what happened since the last call."""
        if not self._specs and not self._enrolled():
            return
        self._chronicle.read()
        last = self.parts.rounds
        while self._done < last and self._chronicle.known(self._done + 1, self._done + 1 == last):
            self._record(self._done + 1)

    def finish(self) -> None:
        """Record what is left, also of sites that did not say goodbye."""
        self.catch_up()
        while self._done < self.parts.rounds:
            self._record(self._done + 1)

    @property
    def macs(self) -> list[int]:
        """Multiply-accumulates of one forward pass of each site's network."""
        learner, specs = self.parts.learner, [ArchSpec.from_json(self._specs[name]) for name in self.parts.names]
        return [measure(spec, learner.input_shape, learner.classes).macs for spec in specs]

    def _enrolled(self) -> bool:
        if not (self._state / FACTS).exists():
            return False
        facts = Ledger(self._state, self._agreement).facts
        if facts.phase == "gathering":
            return False
        self._specs = {site: facts.enrolled[site][0] for site in self.parts.names}
        if self._done == 0:
            selection = self._selection(facts)
            self.run.write_json("search.json", selection.described(self.parts.names, self.parts.fleet()))
            self._watcher.searched(selection, self.parts.fleet())
        return True

    def _selection(self, facts: Facts) -> Selection:
        """What the sites chose; why is their own business."""
        specs = [ArchSpec.from_json(self._specs[site]) for site in self.parts.names]
        choices = tuple(Choice(spec, "the outcome of its own search", {}) for spec in specs)
        listed = dict.fromkeys(spec for site in self.parts.names for spec in facts.lists.get(site, ()))
        return Selection(choices, tuple(map(ArchSpec.from_json, listed)), {}, {})

    def _record(self, round_: int) -> None:
        names = {site: ArchSpec.from_json(spec).name for site, spec in self._specs.items()}
        report = self._chronicle.report(round_, self._specs, names)
        self.totals = self.totals.plus(report, time.perf_counter() - self._began_s)
        timing = {
            "round": round_,
            "train_cpu_s": round(report.train_cpu_s, 4),
            "server_cpu_s": round(report.server_cpu_s, 4),
            "wall_time_s": round(self.totals.wall_time_s, 4),
        }
        self.run.record_round(report.rows, timing, report.facts)
        self.run.save(round_, {}, dataclasses.asdict(self.totals))
        self._done = round_
        self._watcher.round(report, self.parts.rounds)
