"""Runtimes: where the work of a federation is done."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fedkd.runtime.deploy.runtime import DeployRuntime
    from fedkd.runtime.flower.runtime import FlowerRuntime
    from fedkd.runtime.local import LocalRuntime
    from fedkd.runtime.runtime import Runtime

__all__ = ["DeployRuntime", "FlowerRuntime", "LocalRuntime", "Runtime"]

_HOMES = {
    "DeployRuntime": "deploy.runtime",
    "FlowerRuntime": "flower.runtime",
    "LocalRuntime": "local",
    "Runtime": "runtime",
}


def __getattr__(name: str) -> Any:
    # `forks` is wanted before torch is, and an aggregator's certificates without it.
    if name not in _HOMES:
        raise AttributeError(f"module 'fedkd.runtime' has no attribute {name!r}")
    return getattr(import_module(f"fedkd.runtime.{_HOMES[name]}"), name)
