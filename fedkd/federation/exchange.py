"""The exchange: every message is encoded, counted, carried and decoded here, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fedkd.errors import KnowledgeError
from fedkd.knowledge import Kind, Knowledge, Schema
from fedkd.methods import Method
from fedkd.models import ArchSpec
from fedkd.wire import WireContext
from sim.network import Link

TABLES = (Kind.PROBS, Kind.LOGITS)
WEIGHTS = (Kind.WEIGHTS, Kind.UPDATE)


@dataclass(frozen=True)
class Delivery:
    """A message that arrived.

    Attributes:
        knowledge: What the receiver decoded; quantisation included.
        size: Bytes on the wire, envelope included.
        took_us: Virtual time from sending to arrival.
    """

    knowledge: Knowledge
    size: int
    took_us: int


@dataclass(frozen=True)
class Exchange:
    """Carries Knowledge between sites and the aggregator.

    Attributes:
        method: Says which codec a kind of Knowledge travels in.
        kinds: What the task can make sense of.
        context: What both ends agree on: the public samples, and limits.
        classes: Number of classes C.
        link: How long bytes take.
        shapes: For each architecture, the shapes of its arrays; None where these vary (forests).
    """

    method: Method
    kinds: tuple[Kind, ...]
    context: WireContext
    classes: int
    link: Link
    shapes: Mapping[ArchSpec, Mapping[str, tuple[int, ...]] | None]

    def carry(self, knowledge: Knowledge, spec: ArchSpec, up: bool) -> Delivery:
        """Encode, count, decode and check one message to or from a site with architecture `spec`.

        Raises:
            WireError: The message does not decode, or does not fit the schema of the round.
        """
        codec = self.method.codec(knowledge.kind, up)
        data = codec.encode(knowledge, self.context)
        received = codec.decode(data, self.context)
        received.validate(self._schema(knowledge.kind, spec))
        size = len(data)
        return Delivery(received, size, self.link.up_us(size) if up else self.link.down_us(size))

    def _schema(self, kind: Kind, spec: ArchSpec) -> Schema:
        if kind not in self.kinds:
            known = ", ".join(self.kinds)
            raise KnowledgeError(f"the task has no use for {kind}", f"choose a method that exchanges {known}")
        if kind in TABLES:
            return Schema(kind, rows=self.context.row_set, columns=self.classes)
        return Schema(kind, shapes=self.shapes[spec] if kind in WEIGHTS else None)
