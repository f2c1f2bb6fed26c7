"""Send on change: only rows that differ from what both ends hold travel; the receiver takes the others from there.

An event-triggered transmission in the spirit of lazily aggregated gradients (Chen et al., NeurIPS 2018), for tables of
probabilities: a site that agrees with the ensemble on a sample need not say so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fedkd.errors import KnowledgeError
from fedkd.knowledge import MAIN_ARRAY, Knowledge
from fedkd.wire.buffer import Buffer
from fedkd.wire.codec import Codec
from fedkd.wire.context import WireContext


@dataclass(frozen=True)
class OnChange:
    """Another codec for the rows whose total variation distance to the reference exceeds a threshold.

    Without a reference, or for knowledge that is no table over the agreed rows, all rows travel. A message may name no
    row at all. What the receiver decodes names every row again, so an unchanged row is as if the sender had repeated
    the reference.

    Attributes:
        codec: Codes the rows that travel.
        threshold: In [0, 1]; 0 sends whatever differs at all.
    """

    codec: Codec
    threshold: float = 0.05

    def __post_init__(self) -> None:
        if not 0 <= self.threshold <= 1:
            raise ValueError(f"threshold={self.threshold} must be in [0, 1]")

    @property
    def name(self) -> str:
        """Canonical name; the envelope carries that of the inner codec."""
        return f"on_change{self.threshold:g}({self.codec.name})"

    def encode(self, knowledge: Knowledge, context: WireContext) -> bytes:
        """Write the rows that changed; see `Codec.encode`."""
        held = _held(knowledge, context)
        if held is None:
            return self.codec.encode(knowledge, context)
        values = knowledge.arrays[MAIN_ARRAY[knowledge.kind]]
        distance = np.abs(values.astype(np.float64) - held).sum(axis=1) / 2
        return self.codec.encode(_rows(knowledge, np.flatnonzero(distance > self.threshold)), context)

    def decode(self, data: Buffer, context: WireContext) -> Knowledge:
        """Read the rows that changed, and take the others from the reference; see `Codec.decode`."""
        received = self.codec.decode(data, context)
        held = _held(received, context, whole=False)
        if held is None:
            return received
        name, rows = MAIN_ARRAY[received.kind], context.row_set
        assert rows is not None
        if not np.isin(received.rows, rows).all():
            raise KnowledgeError("a message names rows that nobody agreed on", "leave its sender out")
        values = held.astype(received.arrays[name].dtype)
        order = np.argsort(rows)
        values[order[np.searchsorted(rows, received.rows, sorter=order)]] = received.arrays[name]
        return Knowledge(received.kind, {name: values}, rows, received.sender, received.round, received.fingerprint)


def _held(knowledge: Knowledge, context: WireContext, whole: bool = True) -> NDArray[np.float32] | None:
    """[N, C] what both ends hold, in the agreed order; None where there is nothing to compare with.

    Args:
        knowledge: A message.
        context: What both ends agree on.
        whole: Whether the message must name all rows, in the agreed order.
    """
    name, rows = MAIN_ARRAY.get(knowledge.kind), context.row_set
    held = None if context.reference is None or name is None else context.reference.get(name)
    if held is None or rows is None or name is None or set(knowledge.arrays) != {name}:
        return None
    values = knowledge.arrays[name]
    fits = held.ndim == values.ndim == 2 and held.shape == (len(rows), values.shape[1])
    if not fits or (whole and not np.array_equal(knowledge.rows, rows)):
        return None
    return np.asarray(held)


def _rows(knowledge: Knowledge, at: NDArray[np.int64]) -> Knowledge:
    arrays = {name: array[at] for name, array in knowledge.arrays.items()}
    return Knowledge(
        knowledge.kind, arrays, knowledge.rows[at], knowledge.sender, knowledge.round, knowledge.fingerprint
    )
