"""A federation as flat arrays: all that the next round depends on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fedkd.federation.federation import Federation
from fedkd.federation.flight import pack_flights, unpack_flights
from fedkd.learning import Arrays, pack, unpack
from fedkd.methods import ClientState
from fedkd.models import ArchSpec

# Names of arrays in a snapshot: ROLE:NAME:ARRAY.
SITE, COMPANION, MEMORY, SERVER, CLOCK = "site", "companion", "memory", "server", "clock"
HELD, HISTORY, OPENED, ASKED, FLYING = "held", "history", "opened", "asked", "flying"
ROLES = (SITE, COMPANION, MEMORY, SERVER, CLOCK, HELD, HISTORY, OPENED, ASKED, FLYING)


def snapshot(federation: Federation) -> Arrays:
    """Everything after a round. Random streams need no saving: their names are their state."""
    flat: Arrays = {f"{CLOCK}::": np.array([s.ready_us for s in federation.sites], np.int64)}
    models = pack({site.profile.name: site.state.model for site in federation.sites})
    flat.update({f"{SITE}::{key}": value for key, value in models.items()})
    paired = {s.profile.name: s.state.companion for s in federation.sites if s.state.companion is not None}
    flat.update({f"{COMPANION}::{key}": value for key, value in pack(paired).items()})
    flat[f"{OPENED}::"] = np.array([federation.opened_us], np.int64)
    flat[f"{ASKED}::"] = np.array([s.profile.name in set(federation.asked) for s in federation.sites])
    flat.update({f"{FLYING}::{key}": value for key, value in pack_flights(federation.flying).items()})
    for site in federation.sites:
        flat.update({f"{MEMORY}:{site.profile.name}:{key}": v for key, v in site.state.memory.items()})
        flat[f"{HISTORY}:{site.profile.name}:"] = np.array(site.history, np.float64)
    flat.update({f"{SERVER}::{key}": value for key, value in federation.server.state().items()})
    held = federation.exchange.state([site.profile.name for site in federation.sites])
    flat.update({f"{HELD}::{key}": value for key, value in held.items()})
    return flat


def restore(federation: Federation, flat: Arrays, done: int) -> None:
    """Undo of `snapshot`, into a federation that was assembled from the same scenario."""
    parts: dict[str, dict[str, Arrays]] = {role: {} for role in ROLES}
    for key, value in flat.items():
        role, name, array = key.split(":", 2)
        parts[role].setdefault(name, {})[array] = value
    models = unpack(parts[SITE][""])
    companions = unpack(parts[COMPANION].get("", {}))
    ready = parts[CLOCK][""][""]
    federation.sites = [
        replace(
            site,
            state=ClientState(
                models[site.profile.name],
                parts[MEMORY].get(site.profile.name, {}),
                companions.get(site.profile.name),
            ),
            ready_us=int(ready[i]),
            history=tuple(parts[HISTORY][site.profile.name][""].tolist()),
        )
        for i, site in enumerate(federation.sites)
    ]
    federation.exchange.restore(parts[HELD][""], [site.profile.name for site in federation.sites])
    federation.server.restore(parts[SERVER].get("", {}))
    federation.opened_us = int(parts[OPENED][""][""][0])
    asked = parts[ASKED][""][""]
    federation.asked = tuple(s.profile.name for s, took in zip(federation.sites, asked, strict=True) if took)
    federation.flying = unpack_flights(parts[FLYING][""])
    federation.done = done


def snapshot_specs(flat: Arrays) -> list[ArchSpec]:
    """The network of each site, in the order of the sites."""
    prefix = f"{SITE}::"
    models = unpack({key[len(prefix) :]: value for key, value in flat.items() if key.startswith(prefix)})
    return [models[name].spec for name in sorted(models)]
