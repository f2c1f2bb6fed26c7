"""Federations small enough for a test: four sites with a few digits each, a tiny network, a few steps."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from fedkd.composition import compose
from fedkd.federation.exchange import Delivery, Exchange
from fedkd.knowledge import Kind, Knowledge
from fedkd.methods import Profile
from fedkd.record import read_metrics
from fedkd.scenario import Scenario
from fedkd.simulation import simulate

SITES, ROUNDS = 4, 3

_EVERYWHERE = (
    "data=digits",
    "data.split.private=160",
    "data.split.public=60",
    "data.split.test=50",
    "partition=iid",
    "device=unlimited",
    f"federation.sites={SITES}",
    f"federation.rounds={ROUNDS}",
    "runtime.processes=1",
)
_FIXED = ("search=fixed", "search.network='{family: mlp, hidden: [8]}'")
_STUDENT = (
    "method.student.steps=4",
    "method.student.final_steps=6",
    "method.student.polish_steps=2",
    "method.student.versions=2",
    "method.hand_down.every=2",
)
_DIGESTED = ("method.revisit.steps=3", "method.digest.steps=2")
_FEW_STEPS = {
    "fedkdnas": ("method.local.steps=3", *_STUDENT),
    "fedkdnas_paper": ("method.local.steps=3",),
    "fedmd": _DIGESTED,
    "ds_fl": _DIGESTED,
    "cfd": (*_DIGESTED, "method.student.steps=4"),
    "scarlet": (*_DIGESTED, "method.cache.duration=1"),
    "fd": ("method.local.steps=3",),
    "fedproto": ("method.local.steps=3",),
    "fedavg": ("method.local.steps=3",),
    "fedavg_int8": ("method.local.steps=3",),
    "fedprox": ("method.local.steps=3",),
    "ditto": ("method.local.steps=3",),
    "feddf": ("method.local.steps=3", "method.fusing.steps=3"),
    "local": ("method.local.steps=3",),
    "local_kd": ("method.local.steps=3", "method.alone=1"),
    "pooled": ("method.steps=5", "method.versions=2"),
}
METHODS = tuple(_FEW_STEPS)


def tiny_overrides(method: str, *overrides: str) -> list[str]:
    """Overrides that make a tiny federation; `overrides` go last. Without a search among them the network is fixed."""
    searched = any(override.startswith("search=") for override in overrides)
    return [f"method={method}", *_EVERYWHERE, *_FEW_STEPS[method], *(() if searched else _FIXED), *overrides]


def tiny(method: str, *overrides: str) -> Scenario:
    """The scenario of a tiny federation."""
    return compose(tiny_overrides(method, *overrides))


@dataclass(frozen=True)
class Message:
    """One message as it passed the exchange."""

    site: str
    up: bool
    kind: Kind
    round: int
    data: bytes
    received: Knowledge

    @property
    def size(self) -> int:
        return len(self.data)


@dataclass(frozen=True)
class Played:
    """A finished run and everything that was said in it."""

    path: Path
    summary: dict[str, object]
    rows: list[dict[str, str]]
    messages: list[Message]

    def kinds(self, up: bool, round_: int) -> list[Kind]:
        """Kinds that one site sent or got in a round, the same for all sites."""
        by_site = [
            [m.kind for m in self.messages if (m.site, m.up, m.round) == (f"site-{i:02d}", up, round_)]
            for i in range(SITES)
        ]
        assert all(kinds == by_site[0] for kinds in by_site)
        return sorted(by_site[0])

    def events(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in (self.path / "events.jsonl").read_text().splitlines()]


def play(scenario: Scenario, path: Path) -> Played:
    """Simulate, and note every message."""
    messages: list[Message] = []
    carry = Exchange.carry

    def noting(exchange: Exchange, knowledge: Knowledge, site: Profile, up: bool) -> Delivery:
        delivery = carry(exchange, knowledge, site, up)
        messages.append(Message(site.name, up, knowledge.kind, knowledge.round, delivery.data, delivery.knowledge))
        return delivery

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Exchange, "carry", noting)
        patch.setattr("fedkd.simulation.draw", lambda run: [])
        result = simulate(scenario, path)
    return Played(path, dict(result.summary), read_metrics(path), messages)
