"""Federated knowledge distillation: sites with networks of their own exchange predictions, not weights."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fedkd.compose import compose
    from fedkd.scenario import Scenario
    from fedkd.simulate import Result, resume, simulate

__all__ = ["Result", "Scenario", "compose", "resume", "simulate"]

_HOMES = {
    "Result": "fedkd.simulate",
    "Scenario": "fedkd.scenario",
    "compose": "fedkd.compose",
    "resume": "fedkd.simulate",
    "simulate": "fedkd.simulate",
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

    # All at once: to import the module `fedkd.simulate` for another name would put it in the place of the function.
    modules = {home: import_module(home) for home in _HOMES.values()}
    globals().update({known: getattr(modules[home], known) for known, home in _HOMES.items()})
    return globals()[name]
