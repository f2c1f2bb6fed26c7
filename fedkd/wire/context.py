"""What both ends of a connection agree on before the first message."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from fedkd.errors import KnowledgeError
from fedkd.knowledge import Arrays, Integers


@dataclass(frozen=True)
class Limits:
    """What a receiver is ready to hold. Checked before memory is taken, on both ends.

    Attributes:
        max_bytes: Length of a message, and of what its byte stages expand to.
        max_header_bytes: Length of the header (names, shapes, rows that are spelled out); parsed it may take
            thirty times as much.
        max_elements: Numbers in all arrays together, before and after each stage.
    """

    max_bytes: int = 2**26
    max_header_bytes: int = 2**18
    max_elements: int = 2**24


@dataclass(frozen=True, eq=False)
class WireContext:
    """The agreement of sender and receiver.

    Attributes:
        row_set: [N] int64 ids of the agreed row set (the public set), in its agreed order, or None.
        limits: What a message may hold.
        reference: Arrays that both ends hold, bit for bit, such as the latest knowledge of the same kind that
            went down; stages may code what differs from it. Its first axis follows `row_set` for tables.

    Raises:
        KnowledgeError: `row_set` has another shape or type, or names a row twice.
    """

    row_set: Integers | None = None
    limits: Limits = field(default_factory=Limits)
    reference: Arrays | None = None

    def __post_init__(self) -> None:
        ids = self.row_set
        if ids is not None and (ids.ndim != 1 or ids.dtype != np.int64 or len(np.unique(ids)) < len(ids)):
            raise KnowledgeError("an agreed row set is not one axis of distinct int64 ids", "pass distinct ids")

    @cached_property
    def row_set_digest(self) -> int:
        """32 bits that tell this row set from others, or 0 without one."""
        if self.row_set is None:
            return 0
        ids = self.row_set.astype("<i8").tobytes()
        return int.from_bytes(hashlib.blake2b(ids, digest_size=4).digest(), "little")

    @cached_property
    def reference_digest(self) -> int:
        """32 bits that tell this reference from others, or 0 without one."""
        if self.reference is None:
            return 0
        digest = hashlib.blake2b(digest_size=4)
        for name, array in sorted(self.reference.items()):
            digest.update(f"{name}:{array.dtype.str}:{array.shape};".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
        # 0 means none, so the one digest in four thousand million that is 0 counts as 1.
        return int.from_bytes(digest.digest(), "little") or 1
