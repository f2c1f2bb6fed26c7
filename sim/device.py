"""Devices: how fast they compute, how much they hold, and which networks they may carry."""

from __future__ import annotations

import math
from dataclasses import dataclass

PASSES = 3
"""Forward passes that a training step costs: forward, backward for activations, backward for weights."""


@dataclass(frozen=True)
class Budget:
    """Hard limits for a network on a device. None means no limit.

    Attributes:
        parameters: Number of weights.
        macs: Multiply-accumulates of one forward pass of one sample.
        memory_bytes: Peak memory of one training step.
        latency_us: Time of one forward pass of one sample, in microseconds.
        hand_down_bytes: Bytes of the network's weights at one byte each, as a hand-down sends them.
    """

    parameters: int | None = None
    macs: int | None = None
    memory_bytes: int | None = None
    latency_us: int | None = None
    hand_down_bytes: int | None = None

    def __post_init__(self) -> None:
        for name, limit in vars(self).items():
            if limit is not None and limit <= 0:
                raise ValueError(f"budget {name}={limit} must be positive")


@dataclass(frozen=True)
class DeviceProfile:
    """A class of devices.

    Attributes:
        name: What tables call it.
        macs_per_s: Sustained multiply-accumulates a second. Latency = MACs / speed.
        share: Relative number of sites that have such a device.
        budget: What a network on it may cost.
    """

    name: str
    macs_per_s: float
    share: float
    budget: Budget

    def __post_init__(self) -> None:
        if self.macs_per_s < 1 or self.share < 0:
            raise ValueError(f"device '{self.name}' needs macs_per_s >= 1 and share >= 0")

    def compute_us(self, macs: float) -> int:
        """Virtual time of `macs` multiply-accumulates, in whole microseconds, rounded up."""
        return math.ceil(macs * 1e6 / self.macs_per_s)


def assign(profiles: tuple[DeviceProfile, ...], count: int, order: tuple[int, ...]) -> tuple[DeviceProfile, ...]:
    """Give each of `count` owners a device, in proportion to the shares (largest remainder first).

    Args:
        profiles: The device classes.
        count: Number of owners.
        order: A permutation of range(count) that decides who gets which.

    Returns:
        One profile an owner.
    """
    total = sum(p.share for p in profiles)
    exact = [p.share / total * count for p in profiles]
    counts = [math.floor(e) for e in exact]
    for i in sorted(range(len(profiles)), key=lambda i: counts[i] - exact[i])[: count - sum(counts)]:
        counts[i] += 1
    dealt = [p for p, n in zip(profiles, counts, strict=True) for _ in range(n)]
    owners = [dealt[0]] * count
    for position, owner in enumerate(order):
        owners[owner] = dealt[position]
    return tuple(owners)
