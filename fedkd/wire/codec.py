"""Codecs: Knowledge to bytes and back. Every byte figure is the `len` of what `encode` returns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, runtime_checkable

from fedkd.errors import WrongTypeError
from fedkd.knowledge import Knowledge
from fedkd.wire.buffer import Buffer
from fedkd.wire.context import WireContext
from fedkd.wire.envelope import check_length, seal, unseal
from fedkd.wire.fields import BYTES, field, scan
from fedkd.wire.header import read_header, write_header
from fedkd.wire.payload import check_planned, check_size, lay, split
from fedkd.wire.stage import ArrayStage, ByteStage, Spec, Specs, Stage, StageContext
from fedkd.wire.v1 import knowledge_pb2 as pb

_HEADER, _DATA = pb.Content.HEADER_FIELD_NUMBER, pb.Content.DATA_FIELD_NUMBER


@runtime_checkable
class Codec(Protocol):
    """Writes Knowledge as bytes and reads it back."""

    @property
    def name(self) -> str:
        """Canonical name. It travels in the message, and a receiver refuses any other."""
        ...

    def encode(self, knowledge: Knowledge, context: WireContext) -> bytes:
        """Write a message.

        Raises:
            KnowledgeError: This codec cannot carry such knowledge.
            TooLargeError: The message would pass the limits.
        """
        ...

    def decode(self, data: Buffer, context: WireContext) -> Knowledge:
        """Read a message. Any bytes at all give Knowledge or a WireError, within the memory of the limits.

        The arrays may be views on `data`, which nobody may change from now on.

        Raises:
            CorruptMessageError: It is damaged, or no message.
            VersionError: It has another format.
            CodecMismatchError: Another codec wrote it.
            TooLargeError: It passes the limits.
            KnowledgeError: It refers to other rows, or to what no knowledge can be.
        """
        ...


@dataclass(frozen=True)
class Chain:
    """A codec of stages: those that recode arrays first, then those that recode bytes.

    Attributes:
        stages: The stages in the order of encoding. None at all send the arrays as they are.

    Raises:
        WrongTypeError: A stage is none, or one that recodes arrays stands after one that recodes bytes.
    """

    stages: tuple[Stage, ...] = ()

    def __post_init__(self) -> None:
        # Hydra passes lists; a frozen dataclass must stay hashable.
        object.__setattr__(self, "stages", tuple(self.stages))
        if self.stages != (*self._array_stages, *self._byte_stages):
            what = f"{list(self.stages)} are not array stages followed by byte stages"
            raise WrongTypeError(what, "put Zstd last, and give each stage its methods")

    @property
    def name(self) -> str:
        """Names of the stages, joined by "+"."""
        return "+".join(stage.name for stage in self.stages)

    @cached_property
    def _array_stages(self) -> tuple[ArrayStage, ...]:
        return tuple(stage for stage in self.stages if isinstance(stage, ArrayStage))

    @cached_property
    def _byte_stages(self) -> tuple[ByteStage, ...]:
        return tuple(stage for stage in self.stages if isinstance(stage, ByteStage))

    def encode(self, knowledge: Knowledge, context: WireContext) -> bytes:
        """Write a message; see `Codec.encode`."""
        about = StageContext.of(knowledge, context)
        arrays = knowledge.arrays
        plans = self._plans({name: Spec.of(array) for name, array in arrays.items()}, about)
        for stage, planned in zip(self._array_stages, plans[1:], strict=True):
            arrays = stage.forward(arrays, about)
            check_planned(arrays, planned, stage.name)
        content = [*field(_HEADER, [write_header(about, plans[0])]), *field(_DATA, lay(arrays))]
        check_length(sum(len(part) for part in content), context.limits)
        for byte_stage in self._byte_stages:
            content = [byte_stage.pack(b"".join(content))]
        return seal(content, self.name, context.limits)

    def decode(self, data: Buffer, context: WireContext) -> Knowledge:
        """Read a message; see `Codec.decode`."""
        content: Buffer = unseal(data, self.name, context.limits)
        for byte_stage in reversed(self._byte_stages):
            content = byte_stage.unpack(content, context.limits.max_bytes)
            check_length(len(content), context.limits)
        header, numbers = _read_content(content)
        about, specs = read_header(header, context)
        plans = self._plans(specs, about)
        arrays = split(numbers, plans[-1])
        for stage, original in zip(reversed(self._array_stages), reversed(plans[:-1]), strict=True):
            arrays = stage.inverse(arrays, original, about)
            check_planned(arrays, original, stage.name)
        return Knowledge(about.kind, arrays, about.rows, about.sender, about.round, about.fingerprint)

    def _plans(self, specs: Specs, about: StageContext) -> list[Specs]:
        """Specs before the first array stage and after each, every one within the limits."""
        plans = [specs]
        check_size(specs, about.wire.limits)
        for stage in self._array_stages:
            plans.append(stage.plan(plans[-1], about))
            check_size(plans[-1], about.wire.limits)
        return plans


def _read_content(content: Buffer) -> tuple[memoryview, memoryview]:
    """Header and data of a serialised Content, in place."""
    found = {_HEADER: memoryview(b""), _DATA: memoryview(b"")}
    for number, wire_type, value in scan(content):
        if wire_type == BYTES and isinstance(value, memoryview):
            found[number] = value
    return found[_HEADER], found[_DATA]
