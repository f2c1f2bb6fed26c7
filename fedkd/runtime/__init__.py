"""Runtimes: where the work of a federation is done."""

from fedkd.runtime.local import LocalRuntime

__all__ = ["LocalRuntime"]
