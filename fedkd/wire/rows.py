"""Rows on the wire: a digest if they are the agreed set, else the shorter of a bitmap over it and a list."""

from __future__ import annotations

import numpy as np

from fedkd.errors import CorruptMessageError, KnowledgeError
from fedkd.knowledge import Integers
from fedkd.wire.context import WireContext
from fedkd.wire.v1 import knowledge_pb2 as pb


def write_rows(header: pb.Header, rows: Integers, context: WireContext) -> None:
    """Put `rows` [N] into a header: 5 bytes for an agreed set of M, at most M/8 + 12 for a part in order."""
    if not len(rows):
        return
    if context.row_set is not None and np.array_equal(rows, context.row_set):
        header.row_set = context.row_set_digest
        return
    header.row_list.deltas.extend(np.diff(rows, prepend=np.int64(0)).tolist())
    subset = _as_subset(rows, context)
    if subset is not None and subset.ByteSize() < header.row_list.ByteSize():
        header.row_subset.CopyFrom(subset)  # clears the list: a header has one of them


def read_rows(header: pb.Header, context: WireContext) -> Integers:
    """The rows [N] int64 of a header.

    Raises:
        KnowledgeError: They refer to another row set than ours.
        CorruptMessageError: The bitmap does not fit the row set.
    """
    match header.WhichOneof("rows"):
        case "row_set":
            return _agreed_rows(header.row_set, context)
        case "row_subset":
            rows = _agreed_rows(header.row_subset.row_set, context)
            return rows[_read_bitmap(header.row_subset.bitmap, len(rows))]
        case "row_list":
            return np.cumsum(np.array(header.row_list.deltas, dtype=np.int64))
        case _:
            return np.empty(0, np.int64)


def _as_subset(rows: Integers, context: WireContext) -> pb.RowSubset | None:
    """Rows as a bitmap, or None if they are not part of the agreed set, in its order."""
    if context.row_set is None:
        return None
    present = np.isin(context.row_set, rows)
    if not np.array_equal(context.row_set[present], rows):
        return None
    return pb.RowSubset(row_set=context.row_set_digest, bitmap=np.packbits(present, bitorder="little").tobytes())


def _agreed_rows(digest: int, context: WireContext) -> Integers:
    if context.row_set is None or digest != context.row_set_digest:
        ours = "none" if context.row_set is None else f"{context.row_set_digest:08x}"
        raise KnowledgeError(f"a message refers to row set {digest:08x}, ours is {ours}", "agree on one row set")
    return context.row_set


def _read_bitmap(bitmap: bytes, count: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    bits = np.unpackbits(np.frombuffer(bitmap, np.uint8), bitorder="little")
    if len(bitmap) != (count + 7) // 8 or bits[count:].any():
        raise CorruptMessageError(f"a bitmap of {len(bitmap)} bytes does not fit {count} rows", "ask for it again")
    return bits[:count].astype(np.bool_)
