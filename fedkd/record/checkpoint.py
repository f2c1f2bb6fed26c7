"""Checkpoints: all arrays of a round in one safetensors file, with the lengths of the journals beside them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from fedkd.errors import DamagedRunError
from fedkd.files import write_whole

Arrays = dict[str, NDArray[np.generic]]
KEEP = 2
"""Checkpoints kept: the newest, and the one before it in case the newest cannot be read."""


@dataclass(frozen=True)
class Checkpoint:
    """State after a round.

    Attributes:
        round_: The last finished round.
        arrays: What `fedkd.federation.snapshot` returned.
        lengths: Bytes of each journal at that time.
        totals: Running sums that the summary needs.
    """

    round_: int
    arrays: Arrays
    lengths: dict[str, int]
    totals: dict[str, float]


def write_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write one file, whole or not at all, and drop the oldest.

    Raises:
        DiskError: It cannot be written; older checkpoints stay.
    """
    facts = {
        "round": checkpoint.round_,
        "lengths": checkpoint.lengths,
        "totals": checkpoint.totals,
        # safetensors orders by dtype and name, but the length of a compressed message depends on the order of arrays.
        "order": list(checkpoint.arrays),
    }
    # safetensors refuses arrays that are not contiguous; ascontiguousarray would give arrays without axes an axis.
    arrays = {name: np.asarray(array, order="C") for name, array in checkpoint.arrays.items()}
    content = {**facts, "digest": _digest(facts, arrays)}
    write_whole(folder / f"round-{checkpoint.round_:05d}.safetensors", save(arrays, {"fedkd": json.dumps(content)}))
    for old in checkpoints(folder)[:-KEEP]:
        old.unlink()


def checkpoints(folder: Path) -> list[Path]:
    """Checkpoint files, oldest first."""
    return sorted(p for p in folder.glob("round-*.safetensors") if re.fullmatch(r"round-\d+\.safetensors", p.name))


def newest(folder: Path) -> Checkpoint | None:
    """The newest checkpoint, or None where there is none.

    Raises:
        DamagedRunError: It cannot be read.
    """
    found = checkpoints(folder)
    return read_checkpoint(found[-1]) if found else None


def read_checkpoint(path: Path) -> Checkpoint:
    """Read one file.

    Raises:
        DamagedRunError: It is truncated, changed, or not a checkpoint.
    """
    try:
        data = path.read_bytes()
        arrays = load(data)
        facts = json.loads(_metadata(data)["fedkd"])
        if facts.pop("digest") != _digest(facts, arrays):
            raise ValueError("its checksum is wrong")
        ordered = {name: arrays[name] for name in facts["order"]}
        return Checkpoint(int(facts["round"]), ordered, dict(facts["lengths"]), dict(facts["totals"]))
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise DamagedRunError(
            f"the checkpoint '{path}' cannot be read ({error})", "delete it to go on from the one before"
        ) from error


def _digest(facts: Mapping[str, object], arrays: Arrays) -> str:
    digest = hashlib.blake2b(json.dumps(facts, sort_keys=True).encode(), digest_size=16)
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _metadata(data: bytes) -> Mapping[str, str]:
    # A safetensors file starts with the length of its JSON header; the numpy loader drops the metadata in it.
    length = int.from_bytes(data[:8], "little")
    header: dict[str, Mapping[str, str]] = json.loads(data[8 : 8 + length])
    return header["__metadata__"]
