"""Runtimes: where the work of a federation is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fedkd.runtime.local import LocalRuntime

__all__ = ["LocalRuntime"]


def __getattr__(name: str) -> Any:
    # `forks` is wanted before torch is, and an aggregator's certificates without it.
    if name != "LocalRuntime":
        raise AttributeError(f"module 'fedkd.runtime' has no attribute {name!r}")
    from fedkd.runtime.local import LocalRuntime

    return LocalRuntime
