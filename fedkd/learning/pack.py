"""Models as flat arrays, for checkpoints."""

from __future__ import annotations

import numpy as np

from fedkd.learning.job import Arrays, Model
from fedkd.models import ArchSpec


def pack(models: dict[str, Model]) -> Arrays:
    """Flat arrays `NAME|part|array` for models by name; nothing of them is lost."""
    flat: Arrays = {}
    for name, model in models.items():
        flat[f"{name}|spec|"] = np.frombuffer(model.spec.to_json().encode(), np.uint8).copy()
        flat[f"{name}|steps|"] = np.array([model.steps], np.int64)
        flat.update({f"{name}|weight|{key}": value for key, value in model.arrays.items()})
        flat.update({f"{name}|slot|{key}": value for key, value in model.optimizer.items()})
    return flat


def unpack(flat: Arrays) -> dict[str, Model]:
    """Undo of `pack`."""
    parts: dict[str, dict[str, Arrays]] = {}
    for key, value in flat.items():
        name, part, array = key.split("|", 2)
        parts.setdefault(name, {"weight": {}, "slot": {}}).setdefault(part, {})[array] = value
    return {
        name: Model(
            ArchSpec.from_json(bytes(part["spec"][""].astype(np.uint8)).decode()),
            part["weight"],
            part["slot"],
            int(part["steps"][""][0]),
        )
        for name, part in parts.items()
    }
