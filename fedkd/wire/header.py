"""The header of a message: what a Knowledge says about itself, and the specs of its arrays."""

from __future__ import annotations

import numpy as np
from google.protobuf.message import DecodeError

from fedkd.errors import CorruptMessageError, KnowledgeError, TooLargeError
from fedkd.knowledge import MAIN_ARRAY, Arrays, Kind, check_name
from fedkd.wire.buffer import Buffer
from fedkd.wire.context import WireContext
from fedkd.wire.rows import read_rows, write_rows
from fedkd.wire.stage import Spec, Specs, StageContext
from fedkd.wire.v1 import knowledge_pb2 as pb

_KINDS_READ = {pb.Kind.Value(f"KIND_{kind.name}"): kind for kind in Kind}
_DTYPES = {
    np.dtype(name).newbyteorder("<"): pb.DType.Value(f"DTYPE_{name.upper()}")
    for name in (
        *("float32", "float16", "float64"),
        *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"),
    )
}
_DTYPES_READ = {number: dtype for dtype, number in _DTYPES.items()}
_MAX_AXES = 16


def kind_number(kind: Kind) -> int:
    """The number of a kind in the wire schema."""
    return int(pb.Kind.Value(f"KIND_{kind.name}"))


def kind_of(number: int) -> Kind:
    """The kind of a number in the wire schema.

    Raises:
        CorruptMessageError: There is no such kind.
    """
    kind = _KINDS_READ.get(pb.Kind.ValueType(number))
    if kind is None:
        raise CorruptMessageError(f"a message has the unknown kind {number}", "update this side")
    return kind


def write_header(about: StageContext, specs: Specs) -> bytes:
    """Serialise what a message says about arrays of these specs.

    Raises:
        KnowledgeError: The wire has no number for a dtype.
        TooLargeError: It is longer than the limit.
    """
    header = pb.Header(kind=f"KIND_{about.kind.name}", sender=about.sender, round=about.round)
    header.fingerprint = bytes.fromhex(about.fingerprint)
    header.reference = about.wire.reference_digest if about.reference is not None else 0
    write_rows(header, about.rows, about.wire)
    for name, spec in specs.items():
        if spec.dtype not in _DTYPES:
            raise KnowledgeError(f"'{name}' is {spec.dtype}", "send numbers of 8 to 64 bits")
        short = "" if name == MAIN_ARRAY.get(about.kind) else name
        header.arrays.add(name=short, dtype=_DTYPES[spec.dtype], shape=spec.shape)
    _check_length(header.ByteSize(), about.wire)
    return header.SerializeToString()


def read_header(data: Buffer, context: WireContext) -> tuple[StageContext, Specs]:
    """Read what `write_header` wrote.

    Raises:
        TooLargeError: It is longer than the limit; nothing has been parsed then.
        CorruptMessageError: It is no header.
        KnowledgeError: Its rows refer to another row set, its data are coded against another reference, or a
            name is no name of an array.
    """
    _check_length(len(data), context)
    try:
        header = pb.Header.FromString(bytes(data))
    except DecodeError as error:
        raise CorruptMessageError("a message has no readable header", "ask for it again") from error
    kind = kind_of(header.kind)
    rows = read_rows(header, context)
    reference = _reference(header.reference, context)
    about = StageContext(kind, rows, header.sender, header.round, header.fingerprint.hex(), context, reference)
    return about, _read_specs(header, kind)


def _reference(digest: int, context: WireContext) -> Arrays | None:
    if digest == 0:
        return None
    if digest != context.reference_digest:
        raise KnowledgeError(
            f"a message is coded against reference {digest:08x}, ours is {context.reference_digest:08x}",
            "send it again without a reference",
        )
    return context.reference


def _read_specs(header: pb.Header, kind: Kind) -> Specs:
    specs: dict[str, Spec] = {}
    for array in header.arrays:
        name = array.name or MAIN_ARRAY.get(kind, "")
        check_name(name)
        if name in specs:
            raise CorruptMessageError(f"a message has two arrays named '{name}'", "ask for it again")
        dtype = _DTYPES_READ.get(array.dtype)
        if dtype is None or len(array.shape) > _MAX_AXES:
            what = f"'{name}' has dtype {array.dtype} and {len(array.shape)} axes"
            raise CorruptMessageError(what, f"send known dtypes and at most {_MAX_AXES} axes")
        specs[name] = Spec(dtype, tuple(array.shape))
    return specs


def _check_length(length: int, context: WireContext) -> None:
    if length > context.limits.max_header_bytes:
        limit = context.limits.max_header_bytes
        raise TooLargeError(f"a header of {length} bytes passes the limit of {limit}", "agree on a row set")
