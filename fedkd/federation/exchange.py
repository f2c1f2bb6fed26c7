"""The exchange: every message is encoded, counted, carried and decoded here, and nowhere else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedkd.errors import KnowledgeError
from fedkd.knowledge import Kind, Knowledge, Schema
from fedkd.learning import Arrays
from fedkd.methods import Method, Profile
from fedkd.models import ArchSpec
from fedkd.wire import WireContext
from fedkd.wire.buffer import Buffer

TABLES = (Kind.PROBS, Kind.LOGITS)
WEIGHTS = (Kind.WEIGHTS, Kind.UPDATE)
# Kinds whose latest message down is what the next of its kind may be coded against.
REFERENCES = (Kind.PROBS, Kind.WEIGHTS)

Held = Mapping[str, NDArray[Any]]
Shapes = Callable[[ArchSpec], Mapping[str, tuple[int, ...]] | None]


@dataclass(frozen=True)
class Delivery:
    """A message that arrived.

    Attributes:
        knowledge: What the receiver decoded; quantisation included.
        data: What went over the wire, envelope included.
    """

    knowledge: Knowledge
    data: bytes

    @property
    def size(self) -> int:
        """Bytes on the wire."""
        return len(self.data)


@dataclass(frozen=True)
class _Broadcast:
    """What was sent to everyone, kept so that its identity stays its own."""

    sent: Knowledge
    reference: Held | None
    delivery: Delivery


class Exchange:
    """Carries Knowledge between sites and the aggregator, and remembers what both ends of each path hold.

    In a simulation one exchange stands at both ends and `carry`s. In a deployment each end has its own: the sender
    `write`s, the receiver `read`s, and the aggregator `carry`s what goes down, to know what the site will hold.

    Args:
        method: Says which codec a kind of Knowledge travels in.
        kinds: What the task can make sense of.
        context: What all agree on: the public samples, and limits.
        classes: Number of classes C.
        shapes: Tells the shapes of an architecture's arrays; None where these vary (forests).
    """

    def __init__(
        self, method: Method, kinds: tuple[Kind, ...], context: WireContext, classes: int, shapes: Shapes
    ) -> None:
        self.method = method
        self.kinds = kinds
        self.context = context
        self.classes = classes
        self.shapes = shapes
        # One for all messages: whether its rows are distinct is found out once.
        self._tables = {kind: Schema(kind, rows=context.row_set, columns=classes) for kind in TABLES}
        self._held: dict[tuple[str, Kind], Held] = {}
        self._contexts: dict[int, WireContext] = {}
        self._broadcasts: dict[tuple[int, int, ArchSpec], _Broadcast] = {}

    def carry(self, knowledge: Knowledge, site: Profile, up: bool) -> Delivery:
        """Encode, count, decode and check one message to or from a site.

        Raises:
            WireError: The message does not decode, or does not fit the schema of the round.
        """
        reference = self._held.get((site.name, knowledge.kind))
        if up:
            return self._carry(knowledge, site.spec, reference, up)
        # A broadcast is one message: it is coded once for all sites that hold the same.
        key = (id(knowledge), id(reference), site.spec)
        if key not in self._broadcasts:
            self._broadcasts = {k: b for k, b in self._broadcasts.items() if b.sent.round == knowledge.round}
            delivery = self._carry(knowledge, site.spec, reference, up)
            self._broadcasts[key] = _Broadcast(knowledge, reference, delivery)
        delivery = self._broadcasts[key].delivery
        self._hold(delivery.knowledge, site.name)
        return delivery

    def write(self, knowledge: Knowledge, site: Profile) -> bytes:
        """Encode a message that a site sends up."""
        context = self._context(self._held.get((site.name, knowledge.kind)))
        return self.method.codec(knowledge.kind, True).encode(knowledge, context)

    def read(self, data: Buffer, kind: Kind, site: Profile, up: bool) -> Knowledge:
        """Decode and check one message from or to a site; one that comes down is what the site holds from now on.

        Raises:
            WireError: It does not decode, or does not fit the schema of the round.
        """
        received = self._read(data, kind, site.spec, self._context(self._held.get((site.name, kind))), up)
        if not up:
            self._hold(received, site.name)
        return received

    def _carry(self, knowledge: Knowledge, spec: ArchSpec, reference: Held | None, up: bool) -> Delivery:
        context = self._context(reference)
        data = self.method.codec(knowledge.kind, up).encode(knowledge, context)
        return Delivery(self._read(data, knowledge.kind, spec, context, up), data)

    def _read(self, data: Buffer, kind: Kind, spec: ArchSpec, context: WireContext, up: bool) -> Knowledge:
        schema = self._schema(kind, spec)
        received = self.method.codec(kind, up).decode(data, context)
        received.validate(schema)
        return received

    def _context(self, reference: Held | None) -> WireContext:
        """A context checks and digests what it refers to, so one serves all who hold the same."""
        if reference is None:
            return self.context
        known = self._contexts.get(id(reference))
        if known is None or known.reference is not reference:
            in_use = {id(held) for held in self._held.values()}
            self._contexts = {key: context for key, context in self._contexts.items() if key in in_use}
            known = self._contexts[id(reference)] = replace(self.context, reference=reference)
        return known

    def _hold(self, received: Knowledge, site: str) -> None:
        # A table over a part of the public set would leave rows without a reference.
        whole = received.kind in WEIGHTS or np.array_equal(received.rows, self.context.row_set)  # type: ignore[arg-type]
        if received.kind in REFERENCES and whole:
            self._held[site, received.kind] = received.arrays

    def _schema(self, kind: Kind, spec: ArchSpec) -> Schema:
        if kind not in self.kinds:
            known = ", ".join(self.kinds)
            raise KnowledgeError(f"the task has no use for {kind}", f"choose a method that exchanges {known}")
        if kind in TABLES:
            return self._tables[kind]
        if kind in (Kind.PROTOTYPES, Kind.COUNTS):
            return Schema(kind, rows=np.arange(self.classes))
        return Schema(kind, shapes=self.shapes(spec) if kind in WEIGHTS else None)

    def forget(self, site: str, kind: Kind) -> None:
        """Code the next message of a kind to this site on its own."""
        self._held.pop((site, kind), None)

    def holding(self, site: str) -> dict[Kind, Held]:
        """What a site holds of each kind that messages may be coded against."""
        return {kind: self._held[site, kind] for kind in REFERENCES if (site, kind) in self._held}

    def settle(self, site: str, holding: Mapping[Kind, Held]) -> None:
        """Take it that a site holds this and nothing else, as both ends found out."""
        for kind in REFERENCES:
            self.forget(site, kind)
        self._held.update({(site, kind): held for kind, held in holding.items()})

    def digest(self, held: Held) -> int:
        """32 bits that tell arrays from others."""
        return self._context(held).reference_digest

    def holds(self, site: str) -> dict[Kind, int]:
        """Digests of what a site holds, so that both ends can find out whether they agree."""
        return {kind: self.digest(held) for kind, held in self.holding(site).items()}

    def state(self, sites: Sequence[str]) -> Arrays:
        """What the sites hold, each distinct set of arrays once, and who holds which."""
        flat: Arrays = {}
        for kind in REFERENCES:
            numbers: dict[str, int] = {}
            digests: dict[int, str] = {}
            holders = np.full(len(sites), -1, np.int64)
            for i, site in enumerate(sites):
                if (site, kind) not in self._held:
                    continue
                held = self._held[site, kind]
                # Sites that were told at different times may hold equal bits all the same.
                digest = digests.get(id(held)) or digests.setdefault(id(held), _digest(held))
                holders[i] = numbers.setdefault(digest, len(numbers))
                flat.update({f"{kind}|{holders[i]}|{name}": array for name, array in held.items()})
            flat[f"{kind}|holders|"] = holders
        return flat

    def restore(self, flat: Arrays, sites: Sequence[str]) -> None:
        """Undo of `state`."""
        sets: dict[tuple[str, str], Arrays] = {}
        for key, array in flat.items():
            kind, number, name = key.split("|", 2)
            sets.setdefault((kind, number), {})[name] = array
        self._held = {
            (site, kind): sets[kind, str(number)]
            for kind in REFERENCES
            for site, number in zip(sites, sets[kind, "holders"][""], strict=True)
            if number >= 0
        }


def _digest(arrays: Held) -> str:
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype.str} {array.shape};".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
