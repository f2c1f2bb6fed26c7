"""The manifest: which code, on which machine, with which seed and data."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

PACKAGES = (
    "fedkd",
    "numpy",
    "torch",
    "scipy",
    "scikit-learn",
    "hydra-core",
    "protobuf",
    "zstandard",
    "safetensors",
)


def manifest(seed: int, data: dict[str, str]) -> dict[str, object]:
    """Facts that a reader needs to repeat a run.

    Args:
        seed: The run's seed.
        data: Fingerprints of the private, public and test data.
    """
    return {
        "seed": seed,
        "data": data,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
