from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    KIND_UNSPECIFIED: _ClassVar[Kind]
    KIND_PROBS: _ClassVar[Kind]
    KIND_LOGITS: _ClassVar[Kind]
    KIND_LABELS: _ClassVar[Kind]
    KIND_FEATURES: _ClassVar[Kind]
    KIND_PROTOTYPES: _ClassVar[Kind]
    KIND_KV_LATENT: _ClassVar[Kind]
    KIND_WEIGHTS: _ClassVar[Kind]
    KIND_UPDATE: _ClassVar[Kind]
    KIND_COUNTS: _ClassVar[Kind]

class DType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DTYPE_FLOAT32: _ClassVar[DType]
    DTYPE_FLOAT16: _ClassVar[DType]
    DTYPE_FLOAT64: _ClassVar[DType]
    DTYPE_INT8: _ClassVar[DType]
    DTYPE_INT16: _ClassVar[DType]
    DTYPE_INT32: _ClassVar[DType]
    DTYPE_INT64: _ClassVar[DType]
    DTYPE_UINT8: _ClassVar[DType]
    DTYPE_UINT16: _ClassVar[DType]
    DTYPE_UINT32: _ClassVar[DType]
KIND_UNSPECIFIED: Kind
KIND_PROBS: Kind
KIND_LOGITS: Kind
KIND_LABELS: Kind
KIND_FEATURES: Kind
KIND_PROTOTYPES: Kind
KIND_KV_LATENT: Kind
KIND_WEIGHTS: Kind
KIND_UPDATE: Kind
KIND_COUNTS: Kind
DTYPE_FLOAT32: DType
DTYPE_FLOAT16: DType
DTYPE_FLOAT64: DType
DTYPE_INT8: DType
DTYPE_INT16: DType
DTYPE_INT32: DType
DTYPE_INT64: DType
DTYPE_UINT8: DType
DTYPE_UINT16: DType
DTYPE_UINT32: DType

class Envelope(_message.Message):
    __slots__ = ("format", "codec", "crc32", "content")
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    CODEC_FIELD_NUMBER: _ClassVar[int]
    CRC32_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    format: int
    codec: str
    crc32: int
    content: bytes
    def __init__(self, format: _Optional[int] = ..., codec: _Optional[str] = ..., crc32: _Optional[int] = ..., content: _Optional[bytes] = ...) -> None: ...

class Content(_message.Message):
    __slots__ = ("header", "data")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    header: bytes
    data: bytes
    def __init__(self, header: _Optional[bytes] = ..., data: _Optional[bytes] = ...) -> None: ...

class Header(_message.Message):
    __slots__ = ("kind", "sender", "round", "fingerprint", "row_set", "row_subset", "row_list", "arrays", "reference")
    KIND_FIELD_NUMBER: _ClassVar[int]
    SENDER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    ROW_SET_FIELD_NUMBER: _ClassVar[int]
    ROW_SUBSET_FIELD_NUMBER: _ClassVar[int]
    ROW_LIST_FIELD_NUMBER: _ClassVar[int]
    ARRAYS_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    kind: Kind
    sender: str
    round: int
    fingerprint: bytes
    row_set: int
    row_subset: RowSubset
    row_list: RowList
    arrays: _containers.RepeatedCompositeFieldContainer[Array]
    reference: int
    def __init__(self, kind: _Optional[_Union[Kind, str]] = ..., sender: _Optional[str] = ..., round: _Optional[int] = ..., fingerprint: _Optional[bytes] = ..., row_set: _Optional[int] = ..., row_subset: _Optional[_Union[RowSubset, _Mapping]] = ..., row_list: _Optional[_Union[RowList, _Mapping]] = ..., arrays: _Optional[_Iterable[_Union[Array, _Mapping]]] = ..., reference: _Optional[int] = ...) -> None: ...

class RowSubset(_message.Message):
    __slots__ = ("row_set", "bitmap")
    ROW_SET_FIELD_NUMBER: _ClassVar[int]
    BITMAP_FIELD_NUMBER: _ClassVar[int]
    row_set: int
    bitmap: bytes
    def __init__(self, row_set: _Optional[int] = ..., bitmap: _Optional[bytes] = ...) -> None: ...

class RowList(_message.Message):
    __slots__ = ("deltas",)
    DELTAS_FIELD_NUMBER: _ClassVar[int]
    deltas: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, deltas: _Optional[_Iterable[int]] = ...) -> None: ...

class Array(_message.Message):
    __slots__ = ("name", "dtype", "shape")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DTYPE_FIELD_NUMBER: _ClassVar[int]
    SHAPE_FIELD_NUMBER: _ClassVar[int]
    name: str
    dtype: DType
    shape: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, name: _Optional[str] = ..., dtype: _Optional[_Union[DType, str]] = ..., shape: _Optional[_Iterable[int]] = ...) -> None: ...
