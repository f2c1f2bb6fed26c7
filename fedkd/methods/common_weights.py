"""Weights that a server and its sites hold in common, and the updates that keep them so.

Both directions send differences: a site what it learnt since it was last told, the server what it wants a site to have
less what that site holds. What quantisation leaves out of one update is sent with the next, so errors do not pile up,
and a site that missed rounds gets what it missed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fedkd.aggregate import apply_update, difference, mean_arrays
from fedkd.knowledge import Kind, Knowledge
from fedkd.learning import Arrays, Model, pack, unpack
from fedkd.methods.method import ClientState, Profile, Setting
from fedkd.models import ArchSpec, fingerprint
from fedkd.wire import Codec, WireContext

NO_ROWS = np.zeros(0, np.int64)


def update_of(model: Model, before: Arrays, sender: str, round_: int) -> Knowledge:
    """What a network has learnt since it had the weights `before`."""
    change = difference(model.arrays, before)
    return Knowledge(Kind.UPDATE, change, NO_ROWS, sender, round_, fingerprint(model.arrays, model.spec))


def updated(state: ClientState, messages: Sequence[Knowledge]) -> Arrays | None:
    """The common weights at a site after the server's update; None if it sent none. `memory` holds those before."""
    updates = [message for message in messages if message.kind is Kind.UPDATE]
    return apply_update(state.memory, updates[-1].arrays) if updates else None


@dataclass(frozen=True)
class _Sent:
    message: Knowledge
    held: Arrays


class CommonWeights:
    """The server's side: what it wants the sites to have, and what each of them has.

    Args:
        setting: The agreed setting.
        sites: All sites; those with one architecture hold weights in common.
        codec: How updates travel down: the server must know what the sites will decode.
    """

    def __init__(self, setting: Setting, sites: Sequence[Profile], codec: Codec) -> None:
        self.setting = setting
        self.codec = codec
        specs = sorted({site.spec for site in sites}, key=ArchSpec.to_json)
        self.models = {spec: setting.fresh(spec, "federation") for spec in specs}
        self._sites = {site.name: site.spec for site in sites}
        # Sites that were told the same hold the same: version 0 is what all start from.
        self._versions: dict[tuple[ArchSpec, int], Arrays] = {(s, 0): dict(m.arrays) for s, m in self.models.items()}
        self._held = dict.fromkeys(self._sites, 0)
        self._sent: dict[tuple[ArchSpec, int, int], _Sent] = {}

    def average(self, contributions: Sequence[Knowledge], weights: Mapping[str, float]) -> None:
        """Move every architecture's weights by the mean of its sites' updates.

        Args:
            contributions: Updates; others are passed over.
            weights: Weight of each sender.
        """
        for spec, model in self.models.items():
            own = [k for k in contributions if k.kind is Kind.UPDATE and self._sites[k.sender] == spec]
            if own:
                mean = mean_arrays([k.arrays for k in own], [weights[k.sender] for k in own])
                self.models[spec] = replace(model, arrays=apply_update(model.arrays, mean))

    def held(self, site: str) -> Arrays:
        """What a site holds."""
        return self._versions[self._sites[site], self._held[site]]

    def message(self, site: Profile, round_: int) -> Knowledge:
        """The update that takes a site to what is wanted; it is taken to have arrived."""
        spec, before = site.spec, self._held[site.name]
        key = (spec, before, round_)
        if key not in self._sent:
            self._sent = {k: s for k, s in self._sent.items() if k[2] == round_}
            self._sent[key] = self._encode(spec, before, round_)
        self._held[site.name] = self._version(spec, before, round_, self._sent[key].held)
        return self._sent[key].message

    def _encode(self, spec: ArchSpec, before: int, round_: int) -> _Sent:
        held, model = self._versions[spec, before], self.models[spec]
        step = difference(model.arrays, held)
        message = Knowledge(Kind.UPDATE, step, NO_ROWS, "server", round_, fingerprint(model.arrays, spec))
        received = self.codec.decode(self.codec.encode(message, WireContext()), WireContext())
        return _Sent(message, apply_update(held, received.arrays))

    def _version(self, spec: ArchSpec, before: int, round_: int, held: Arrays) -> int:
        """The number of what is held now: those who come from different versions hold slightly different weights."""
        for (known, number), arrays in self._versions.items():
            if known == spec and arrays is held:
                return number
        number = 1 + max(n for _, n in self._versions)
        self._forget()
        self._versions[spec, number] = held
        return number

    def _forget(self) -> None:
        """Let go of versions that nobody holds."""
        used = {(self._sites[name], version) for name, version in self._held.items()}
        self._versions = {key: arrays for key, arrays in self._versions.items() if key in used}

    def move(self, site: Profile) -> None:
        """A site has moved to another architecture, and starts from its first weights."""
        self._sites[site.name], self._held[site.name] = site.spec, 0
        first = self.setting.fresh(site.spec, "federation")
        self.models.setdefault(site.spec, first)
        self._versions.setdefault((site.spec, 0), dict(first.arrays))

    def state(self) -> Arrays:
        """Wanted weights, versions, and who holds which."""
        self._forget()
        order = list(self.models)
        wanted = pack({str(i): Model(spec, self.models[spec].arrays) for i, spec in enumerate(order)})
        flat = {f"wanted|{key}": array for key, array in wanted.items()}
        for (spec, number), arrays in self._versions.items():
            flat.update({f"version|{order.index(spec)}|{number}|{name}": array for name, array in arrays.items()})
        flat["held"] = np.array([self._held[name] for name in self._sites], np.int64)
        flat["specs"] = np.array([order.index(spec) for spec in self._sites.values()], np.int64)
        return flat

    def restore(self, flat: Arrays) -> None:
        """Undo of `state`."""
        parts: dict[str, Arrays] = {"wanted": {}, "version": {}}
        for key, array in flat.items():
            kind, _, rest = key.partition("|")
            if kind in parts:
                parts[kind][rest] = array
        models = unpack(parts["wanted"])
        order = [models[str(i)].spec for i in range(len(models))]
        self.models = {spec: models[str(i)] for i, spec in enumerate(order)}
        self._versions, self._sent = {}, {}
        for key, array in parts["version"].items():
            i, number, name = key.split("|", 2)
            self._versions.setdefault((order[int(i)], int(number)), {})[name] = array
        self._held = dict(zip(self._sites, flat["held"].tolist(), strict=True))
        self._sites = {name: order[i] for name, i in zip(self._sites, flat["specs"].tolist(), strict=True)}
