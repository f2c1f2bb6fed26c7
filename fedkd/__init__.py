"""Federated knowledge distillation: sites with networks of their own exchange predictions, not weights."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fedkd.composition import compose
    from fedkd.scenario import Scenario
    from fedkd.simulation import Result, resume, simulate

__all__ = ["Result", "Scenario", "compose", "resume", "simulate"]

_HOMES = {
    "Result": "fedkd.simulation",
    "Scenario": "fedkd.scenario",
    "compose": "fedkd.composition",
    "resume": "fedkd.simulation",
    "simulate": "fedkd.simulation",
}

try:
    __version__ = version("fedkd")
except PackageNotFoundError:
    __version__ = "0+source"


def __getattr__(name: str) -> Any:
    # torch takes seconds to import; `fedkd --help` and `fedkd.errors` need none of it.
    if name not in _HOMES:
        raise AttributeError(f"module 'fedkd' has no attribute {name!r}")
    from importlib import import_module

    # Modules have names of their own (`simulation`, `composition`), so that none takes the place of a function.
    return getattr(import_module(_HOMES[name]), name)
