"""Checks of configured values that the rooms of data share."""

from __future__ import annotations

import math

from fedkd.errors import OutOfRangeError


def require_positive(where: str, value: float) -> None:
    """Raises OutOfRangeError unless `value` is finite and above 0."""
    if not (math.isfinite(value) and value > 0):
        raise OutOfRangeError(f"{where} is {value}, but it must be above 0", f"give {where} a positive number")


def require_not_negative(where: str, value: float) -> None:
    """Raises OutOfRangeError unless `value` is finite and not below 0."""
    if not (math.isfinite(value) and value >= 0):
        raise OutOfRangeError(f"{where} is {value}, but it must not be below 0", f"give {where} 0 or more")


def require_at_least(where: str, value: int, least: int) -> None:
    """Raises OutOfRangeError unless `value` is at least `least`."""
    if value < least:
        raise OutOfRangeError(f"{where} is {value}, but it must be at least {least}", f"give {where} {least} or more")


def require_share(where: str, value: float) -> None:
    """Raises OutOfRangeError unless `value` lies in [0, 1)."""
    if not 0 <= value < 1:
        raise OutOfRangeError(f"{where} is {value}, but it must lie in [0, 1)", f"give {where} a share such as 0.1")
