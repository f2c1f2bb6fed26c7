from fedkd.wire.v1 import knowledge_pb2 as _knowledge_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Session(_message.Message):
    __slots__ = ("site", "epoch", "instance")
    SITE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    site: str
    epoch: int
    instance: str
    def __init__(self, site: _Optional[str] = ..., epoch: _Optional[int] = ..., instance: _Optional[str] = ...) -> None: ...

class JoinRequest(_message.Message):
    __slots__ = ("session", "format", "package", "agreement", "public_set", "absorbed", "device")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    PACKAGE_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_SET_FIELD_NUMBER: _ClassVar[int]
    ABSORBED_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    session: Session
    format: int
    package: str
    agreement: str
    public_set: str
    absorbed: int
    device: str
    def __init__(self, session: _Optional[_Union[Session, _Mapping]] = ..., format: _Optional[int] = ..., package: _Optional[str] = ..., agreement: _Optional[str] = ..., public_set: _Optional[str] = ..., absorbed: _Optional[int] = ..., device: _Optional[str] = ...) -> None: ...

class JoinReply(_message.Message):
    __slots__ = ("standing", "rounds", "lease_ms", "chunk_bytes", "max_bytes", "shortlist")
    STANDING_FIELD_NUMBER: _ClassVar[int]
    ROUNDS_FIELD_NUMBER: _ClassVar[int]
    LEASE_MS_FIELD_NUMBER: _ClassVar[int]
    CHUNK_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_BYTES_FIELD_NUMBER: _ClassVar[int]
    SHORTLIST_FIELD_NUMBER: _ClassVar[int]
    standing: Standing
    rounds: int
    lease_ms: int
    chunk_bytes: int
    max_bytes: int
    shortlist: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, standing: _Optional[_Union[Standing, _Mapping]] = ..., rounds: _Optional[int] = ..., lease_ms: _Optional[int] = ..., chunk_bytes: _Optional[int] = ..., max_bytes: _Optional[int] = ..., shortlist: _Optional[_Iterable[str]] = ...) -> None: ...

class EnrolRequest(_message.Message):
    __slots__ = ("session", "spec", "samples")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    SAMPLES_FIELD_NUMBER: _ClassVar[int]
    session: Session
    spec: str
    samples: int
    def __init__(self, session: _Optional[_Union[Session, _Mapping]] = ..., spec: _Optional[str] = ..., samples: _Optional[int] = ...) -> None: ...

class Standing(_message.Message):
    __slots__ = ("phase", "round", "reason")
    class Phase(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        PHASE_UNSPECIFIED: _ClassVar[Standing.Phase]
        PHASE_GATHERING: _ClassVar[Standing.Phase]
        PHASE_RUNNING: _ClassVar[Standing.Phase]
        PHASE_FINISHED: _ClassVar[Standing.Phase]
        PHASE_ABORTED: _ClassVar[Standing.Phase]
    PHASE_UNSPECIFIED: Standing.Phase
    PHASE_GATHERING: Standing.Phase
    PHASE_RUNNING: Standing.Phase
    PHASE_FINISHED: Standing.Phase
    PHASE_ABORTED: Standing.Phase
    PHASE_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    phase: Standing.Phase
    round: int
    reason: str
    def __init__(self, phase: _Optional[_Union[Standing.Phase, str]] = ..., round: _Optional[int] = ..., reason: _Optional[str] = ...) -> None: ...

class Head(_message.Message):
    __slots__ = ("session", "round", "pieces", "figures", "not_yet")
    class FiguresEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    SESSION_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    PIECES_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    NOT_YET_FIELD_NUMBER: _ClassVar[int]
    session: Session
    round: int
    pieces: _containers.RepeatedCompositeFieldContainer[Piece]
    figures: _containers.ScalarMap[str, float]
    not_yet: bool
    def __init__(self, session: _Optional[_Union[Session, _Mapping]] = ..., round: _Optional[int] = ..., pieces: _Optional[_Iterable[_Union[Piece, _Mapping]]] = ..., figures: _Optional[_Mapping[str, float]] = ..., not_yet: _Optional[bool] = ...) -> None: ...

class Piece(_message.Message):
    __slots__ = ("kind", "size")
    KIND_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    kind: _knowledge_pb2.Kind
    size: int
    def __init__(self, kind: _Optional[_Union[_knowledge_pb2.Kind, str]] = ..., size: _Optional[int] = ...) -> None: ...

class Chunk(_message.Message):
    __slots__ = ("head", "data")
    HEAD_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    head: Head
    data: bytes
    def __init__(self, head: _Optional[_Union[Head, _Mapping]] = ..., data: _Optional[bytes] = ...) -> None: ...

class PullRequest(_message.Message):
    __slots__ = ("session", "round", "holds")
    class HoldsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: int
        value: int
        def __init__(self, key: _Optional[int] = ..., value: _Optional[int] = ...) -> None: ...
    SESSION_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    HOLDS_FIELD_NUMBER: _ClassVar[int]
    session: Session
    round: int
    holds: _containers.ScalarMap[int, int]
    def __init__(self, session: _Optional[_Union[Session, _Mapping]] = ..., round: _Optional[int] = ..., holds: _Optional[_Mapping[int, int]] = ...) -> None: ...

class PushReply(_message.Message):
    __slots__ = ("verdict", "standing")
    class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        VERDICT_UNSPECIFIED: _ClassVar[PushReply.Verdict]
        VERDICT_OK: _ClassVar[PushReply.Verdict]
        VERDICT_DUP: _ClassVar[PushReply.Verdict]
        VERDICT_LATE: _ClassVar[PushReply.Verdict]
    VERDICT_UNSPECIFIED: PushReply.Verdict
    VERDICT_OK: PushReply.Verdict
    VERDICT_DUP: PushReply.Verdict
    VERDICT_LATE: PushReply.Verdict
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    STANDING_FIELD_NUMBER: _ClassVar[int]
    verdict: PushReply.Verdict
    standing: Standing
    def __init__(self, verdict: _Optional[_Union[PushReply.Verdict, str]] = ..., standing: _Optional[_Union[Standing, _Mapping]] = ...) -> None: ...

class LeaveRequest(_message.Message):
    __slots__ = ("session", "reason", "figures")
    class FiguresEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    SESSION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    session: Session
    reason: str
    figures: _containers.ScalarMap[str, float]
    def __init__(self, session: _Optional[_Union[Session, _Mapping]] = ..., reason: _Optional[str] = ..., figures: _Optional[_Mapping[str, float]] = ...) -> None: ...

class WatchRequest(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: str
    def __init__(self, run: _Optional[str] = ...) -> None: ...

class Event(_message.Message):
    __slots__ = ("at_us", "kind", "site", "round", "facts")
    AT_US_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    at_us: int
    kind: str
    site: str
    round: int
    facts: str
    def __init__(self, at_us: _Optional[int] = ..., kind: _Optional[str] = ..., site: _Optional[str] = ..., round: _Optional[int] = ..., facts: _Optional[str] = ...) -> None: ...

class StatusRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class StatusReply(_message.Message):
    __slots__ = ("standing", "members", "rounds")
    STANDING_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    ROUNDS_FIELD_NUMBER: _ClassVar[int]
    standing: Standing
    members: _containers.RepeatedCompositeFieldContainer[Member]
    rounds: int
    def __init__(self, standing: _Optional[_Union[Standing, _Mapping]] = ..., members: _Optional[_Iterable[_Union[Member, _Mapping]]] = ..., rounds: _Optional[int] = ...) -> None: ...

class Member(_message.Message):
    __slots__ = ("site", "epoch", "live", "contributed", "network", "instance")
    SITE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    LIVE_FIELD_NUMBER: _ClassVar[int]
    CONTRIBUTED_FIELD_NUMBER: _ClassVar[int]
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    site: str
    epoch: int
    live: bool
    contributed: int
    network: str
    instance: str
    def __init__(self, site: _Optional[str] = ..., epoch: _Optional[int] = ..., live: _Optional[bool] = ..., contributed: _Optional[int] = ..., network: _Optional[str] = ..., instance: _Optional[str] = ...) -> None: ...

class FenceRequest(_message.Message):
    __slots__ = ("site", "epoch")
    SITE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    site: str
    epoch: int
    def __init__(self, site: _Optional[str] = ..., epoch: _Optional[int] = ...) -> None: ...

class FenceReply(_message.Message):
    __slots__ = ("epoch",)
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    def __init__(self, epoch: _Optional[int] = ...) -> None: ...

class AbortRequest(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: str
    def __init__(self, reason: _Optional[str] = ...) -> None: ...
