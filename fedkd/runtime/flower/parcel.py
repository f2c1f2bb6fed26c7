"""What travels in a Flower message: encoded knowledge, what is said about it, figures, or one of our errors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from flwr.app import Array, ArrayRecord, ConfigRecord, MetricRecord, RecordDict

from fedkd.errors import CorruptMessageError, FedkdError, error_of
from fedkd.federation import Part
from fedkd.knowledge import Kind

_ABOUT, _PARTS, _FIGURES = "about", "parts", "figures"


@dataclass(frozen=True)
class Parcel:
    """One message.

    Attributes:
        about: Plain JSON values.
        parts: Encoded knowledge.
        figures: The sender's own.
    """

    about: Mapping[str, Any] = field(default_factory=dict)
    parts: Sequence[Part] = ()
    figures: Mapping[str, float] = field(default_factory=dict)

    def to_records(self) -> RecordDict:
        """As Flower carries it. Large bytes go into arrays, which it cuts into pieces; a record of settings is one."""
        kinds = [part.kind.value for part in self.parts]
        arrays = {f"{i:02d}": Array(np.frombuffer(part.data, np.uint8)) for i, part in enumerate(self.parts)}
        about = ConfigRecord({"json": json.dumps({"kinds": kinds, **self.about})})
        records = RecordDict({_ABOUT: about, _PARTS: ArrayRecord(arrays)})
        if self.figures:
            records[_FIGURES] = MetricRecord(dict(self.figures))
        return records

    @classmethod
    def from_records(cls, records: RecordDict) -> Parcel:
        """Undo of `to_records`.

        Raises:
            FedkdError: The sender's, where it sent one.
            CorruptMessageError: It is no parcel.
        """
        try:
            about = json.loads(str(records.config_records[_ABOUT]["json"]))
            theirs = _error(about["error"]) if "error" in about else None
            kinds = [Kind(kind) for kind in about.pop("kinds")]
            arrays = [array.numpy() for _, array in sorted(records.array_records[_PARTS].items())]
            parts = [Part(kind, array.tobytes()) for kind, array in zip(kinds, arrays, strict=True)]
            figures = {k: float(v) for k, v in records.metric_records.get(_FIGURES, {}).items()}  # type: ignore[arg-type]
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            fix = "run the same fedkd everywhere"
            raise CorruptMessageError(f"a Flower message is no parcel ({error})", fix) from error
        if theirs is not None:
            raise theirs
        return cls(about, parts, figures)


def failure(error: FedkdError) -> Parcel:
    """A reply that raises the same error on the other side."""
    return Parcel({"error": [error.code, error.what, error.fix]})


def _error(said: Any) -> FedkdError:
    code, what, fix = said
    return error_of(int(code), str(what), str(fix))
