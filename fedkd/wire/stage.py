"""What a codec is made of: stages that recode arrays, then stages that recode bytes.

To write one outside this repository, implement the protocol in a frozen dataclass; nothing is registered.
`plan` is what makes decoding safe and messages small: from dtypes and shapes alone it tells those of the
stage's output, so they need not be sent, and a hostile message cannot choose them. A choice that depends on
the values (which rows to send) is therefore made before a chain, or after it in a byte stage.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from fedkd.knowledge import Arrays, Integers, Kind, Knowledge
from fedkd.wire.buffer import Buffer
from fedkd.wire.context import WireContext


@dataclass(frozen=True)
class Spec:
    """Dtype (little-endian) and shape of an array that need not exist yet."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes on the wire."""
        return self.size * self.dtype.itemsize

    @property
    def is_float(self) -> bool:
        """Whether the elements are floating point."""
        return self.dtype.kind == "f"

    @classmethod
    def of(cls, array: NDArray[Any]) -> Spec:
        """The spec of an array."""
        return cls(array.dtype.newbyteorder("<"), array.shape)


Specs = Mapping[str, Spec]


@dataclass(frozen=True, eq=False)
class StageContext:
    """What a stage may know about the message around the arrays. Attributes as in `Knowledge`.

    Attributes:
        wire: The agreement of both ends.
        reference: What the arrays are coded against, or None where they stand alone.
    """

    kind: Kind
    rows: Integers
    sender: str
    round: int
    fingerprint: str
    wire: WireContext
    reference: Arrays | None = None

    @classmethod
    def of(cls, knowledge: Knowledge, wire: WireContext) -> StageContext:
        """The context of a message that carries `knowledge`."""
        about = (knowledge.kind, knowledge.rows, knowledge.sender, knowledge.round, knowledge.fingerprint)
        return cls(*about, wire, wire.reference)


@runtime_checkable
class Stage(Protocol):
    """One step of a codec: an `ArrayStage` or a `ByteStage`, as a frozen dataclass without other state."""

    @property
    def name(self) -> str:
        """Canonical name, with every setting that the receiver must share ("top3"), without "+"."""
        ...


@runtime_checkable
class ArrayStage(Stage, Protocol):
    """Recodes arrays.

    Arrays that a stage adds are named after the one that they belong to, with "#" between ("weight#scale"):
    no Knowledge has that sign in a name. Arrays that it does not care for pass through.
    """

    def plan(self, specs: Specs, context: StageContext) -> Specs:
        """Names, dtypes and shapes that `forward` returns for arrays of these specs.

        Raises:
            KnowledgeError: This stage cannot code such arrays, or such a kind.
        """
        ...

    def forward(self, arrays: Arrays, context: StageContext) -> Arrays:
        """Code arrays, in the order of the plan.

        Raises:
            KnowledgeError: This stage cannot code such values.
        """
        ...

    def inverse(self, coded: Arrays, specs: Specs, context: StageContext) -> Arrays:
        """Restore arrays of `specs`, in that order, from `coded`, which is exactly what the plan says.

        Raises:
            CorruptMessageError: The values of `coded` are none that `forward` can have made.
        """
        ...


@runtime_checkable
class ByteStage(Stage, Protocol):
    """Recodes a whole message (compression)."""

    def pack(self, data: bytes) -> bytes:
        """Code a message."""
        ...

    def unpack(self, data: Buffer, max_bytes: int) -> bytes:
        """Restore a message.

        Raises:
            TooLargeError: It would be longer than `max_bytes`; found out before taking the memory.
            CorruptMessageError: `data` is not what `pack` makes.
        """
        ...
