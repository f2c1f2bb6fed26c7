from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Clock(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CLOCK_UNSPECIFIED: _ClassVar[Clock]
    CLOCK_VIRTUAL: _ClassVar[Clock]
    CLOCK_UTC: _ClassVar[Clock]

class Element(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ELEMENT_UNSPECIFIED: _ClassVar[Element]
    ELEMENT_FLOAT16: _ClassVar[Element]
    ELEMENT_INT8: _ClassVar[Element]
    ELEMENT_INT4: _ClassVar[Element]
CLOCK_UNSPECIFIED: Clock
CLOCK_VIRTUAL: Clock
CLOCK_UTC: Clock
ELEMENT_UNSPECIFIED: Element
ELEMENT_FLOAT16: Element
ELEMENT_INT8: Element
ELEMENT_INT4: Element

class LatentChunk(_message.Message):
    __slots__ = ("message", "data")
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    message: LatentMessage
    data: bytes
    def __init__(self, message: _Optional[_Union[LatentMessage, _Mapping]] = ..., data: _Optional[bytes] = ...) -> None: ...

class LatentMessage(_message.Message):
    __slots__ = ("sender", "sequence", "fingerprint", "captured_us", "clock", "episode", "ttl_us", "pose", "size", "kv", "registers")
    SENDER_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    CAPTURED_US_FIELD_NUMBER: _ClassVar[int]
    CLOCK_FIELD_NUMBER: _ClassVar[int]
    EPISODE_FIELD_NUMBER: _ClassVar[int]
    TTL_US_FIELD_NUMBER: _ClassVar[int]
    POSE_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    KV_FIELD_NUMBER: _ClassVar[int]
    REGISTERS_FIELD_NUMBER: _ClassVar[int]
    sender: str
    sequence: int
    fingerprint: bytes
    captured_us: int
    clock: Clock
    episode: str
    ttl_us: int
    pose: Pose
    size: int
    kv: KeyValues
    registers: Registers
    def __init__(self, sender: _Optional[str] = ..., sequence: _Optional[int] = ..., fingerprint: _Optional[bytes] = ..., captured_us: _Optional[int] = ..., clock: _Optional[_Union[Clock, str]] = ..., episode: _Optional[str] = ..., ttl_us: _Optional[int] = ..., pose: _Optional[_Union[Pose, _Mapping]] = ..., size: _Optional[int] = ..., kv: _Optional[_Union[KeyValues, _Mapping]] = ..., registers: _Optional[_Union[Registers, _Mapping]] = ...) -> None: ...

class Pose(_message.Message):
    __slots__ = ("map", "x", "y", "z", "yaw", "pitch", "roll")
    MAP_FIELD_NUMBER: _ClassVar[int]
    X_FIELD_NUMBER: _ClassVar[int]
    Y_FIELD_NUMBER: _ClassVar[int]
    Z_FIELD_NUMBER: _ClassVar[int]
    YAW_FIELD_NUMBER: _ClassVar[int]
    PITCH_FIELD_NUMBER: _ClassVar[int]
    ROLL_FIELD_NUMBER: _ClassVar[int]
    map: str
    x: float
    y: float
    z: float
    yaw: float
    pitch: float
    roll: float
    def __init__(self, map: _Optional[str] = ..., x: _Optional[float] = ..., y: _Optional[float] = ..., z: _Optional[float] = ..., yaw: _Optional[float] = ..., pitch: _Optional[float] = ..., roll: _Optional[float] = ...) -> None: ...

class KeyValues(_message.Message):
    __slots__ = ("layers", "positions", "end")
    LAYERS_FIELD_NUMBER: _ClassVar[int]
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    layers: _containers.RepeatedCompositeFieldContainer[Layer]
    positions: _containers.RepeatedCompositeFieldContainer[Positions]
    end: int
    def __init__(self, layers: _Optional[_Iterable[_Union[Layer, _Mapping]]] = ..., positions: _Optional[_Iterable[_Union[Positions, _Mapping]]] = ..., end: _Optional[int] = ...) -> None: ...

class Layer(_message.Message):
    __slots__ = ("index", "tokens", "heads", "head_size", "keys", "values", "positions")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    TOKENS_FIELD_NUMBER: _ClassVar[int]
    HEADS_FIELD_NUMBER: _ClassVar[int]
    HEAD_SIZE_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    index: int
    tokens: int
    heads: int
    head_size: int
    keys: Element
    values: Element
    positions: int
    def __init__(self, index: _Optional[int] = ..., tokens: _Optional[int] = ..., heads: _Optional[int] = ..., head_size: _Optional[int] = ..., keys: _Optional[_Union[Element, str]] = ..., values: _Optional[_Union[Element, str]] = ..., positions: _Optional[int] = ...) -> None: ...

class Positions(_message.Message):
    __slots__ = ("axes", "deltas")
    AXES_FIELD_NUMBER: _ClassVar[int]
    DELTAS_FIELD_NUMBER: _ClassVar[int]
    axes: int
    deltas: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, axes: _Optional[int] = ..., deltas: _Optional[_Iterable[int]] = ...) -> None: ...

class Registers(_message.Message):
    __slots__ = ("count", "width", "values", "layer")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    LAYER_FIELD_NUMBER: _ClassVar[int]
    count: int
    width: int
    values: Element
    layer: int
    def __init__(self, count: _Optional[int] = ..., width: _Optional[int] = ..., values: _Optional[_Union[Element, str]] = ..., layer: _Optional[int] = ...) -> None: ...

class PublishReply(_message.Message):
    __slots__ = ("verdict", "newest")
    class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        VERDICT_UNSPECIFIED: _ClassVar[PublishReply.Verdict]
        VERDICT_OK: _ClassVar[PublishReply.Verdict]
        VERDICT_OLD: _ClassVar[PublishReply.Verdict]
        VERDICT_EXPIRED: _ClassVar[PublishReply.Verdict]
    VERDICT_UNSPECIFIED: PublishReply.Verdict
    VERDICT_OK: PublishReply.Verdict
    VERDICT_OLD: PublishReply.Verdict
    VERDICT_EXPIRED: PublishReply.Verdict
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    NEWEST_FIELD_NUMBER: _ClassVar[int]
    verdict: PublishReply.Verdict
    newest: int
    def __init__(self, verdict: _Optional[_Union[PublishReply.Verdict, str]] = ..., newest: _Optional[int] = ...) -> None: ...

class SubscribeRequest(_message.Message):
    __slots__ = ("subscriber", "fingerprint", "senders", "max_bytes")
    SUBSCRIBER_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    SENDERS_FIELD_NUMBER: _ClassVar[int]
    MAX_BYTES_FIELD_NUMBER: _ClassVar[int]
    subscriber: str
    fingerprint: bytes
    senders: _containers.RepeatedScalarFieldContainer[str]
    max_bytes: int
    def __init__(self, subscriber: _Optional[str] = ..., fingerprint: _Optional[bytes] = ..., senders: _Optional[_Iterable[str]] = ..., max_bytes: _Optional[int] = ...) -> None: ...
