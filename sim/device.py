"""Devices: how fast they compute, how much they hold, and which networks they may carry."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from sim.streams import Streams

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
            if limit is not None and not 0 < limit < math.inf:
                raise ValueError(f"budget {name}={limit} must be positive")


@dataclass(frozen=True)
class Effort:
    """What a computation asks of a device.

    Attributes:
        macs: Multiply-accumulates.
        layers: Layers that are started, each as often as it is.
    """

    macs: float = 0.0
    layers: float = 0.0

    def __add__(self, other: Effort) -> Effort:
        """Both, one after the other."""
        return Effort(self.macs + other.macs, self.layers + other.layers)


@dataclass(frozen=True)
class DeviceProfile:
    """A class of devices.

    Attributes:
        name: What tables call it.
        macs_per_s: Sustained multiply-accumulates a second. The median of the class if its devices differ.
        share: Relative number of sites that have such a device.
        budget: What a network on it may cost.
        joules_per_mac: Energy of a multiply-accumulate.
        spread: Standard deviation of the natural logarithm of the speeds in the class; 0 if all are equally fast, and
            at 0.5 two of three devices are between 0.6 and 1.65 times as fast as the median.
        layer_us: Time that it takes to start a layer, which rules small networks on machines with an interpreter;
            `fedkd bench device` measures it. Time = MACs / speed + layers started x this.
    """

    name: str
    macs_per_s: float
    share: float
    budget: Budget
    joules_per_mac: float = 0.0
    spread: float = 0.0
    layer_us: float = 0.0

    def __post_init__(self) -> None:
        if not 1 <= self.macs_per_s < math.inf or not 0 <= self.share < math.inf:
            raise ValueError(f"device '{self.name}' needs macs_per_s >= 1 and share >= 0, both finite")
        if not 0 <= self.joules_per_mac < math.inf:
            raise ValueError(f"joules_per_mac={self.joules_per_mac} of device '{self.name}' must be finite and >= 0")
        if not 0 <= self.layer_us < math.inf:
            raise ValueError(f"layer_us={self.layer_us} of device '{self.name}' must be finite and >= 0")
        # Ten is a factor of 22,000 at one standard deviation: beyond that speeds run out of the range of floats.
        if not 0 <= self.spread <= 10:
            raise ValueError(f"spread={self.spread} of device '{self.name}' must be between 0 and 10")

    def compute_us(self, effort: Effort) -> int:
        """Virtual time of a computation, in whole microseconds, rounded up."""
        return math.ceil(effort.macs * 1e6 / self.macs_per_s + effort.layers * self.layer_us)

    def joules(self, macs: float) -> float:
        """Energy of `macs` multiply-accumulates."""
        return macs * self.joules_per_mac


def individual(profile: DeviceProfile, name: str, streams: Streams) -> DeviceProfile:
    """One device of a class, as fast as its owner's name says.

    Args:
        profile: The class; its speed is multiplied by exp(spread z), where z is standard normal, and is at least 1.
        name: The owner.
        streams: z is the first draw of the stream ("device", name).

    Returns:
        A profile without spread; `profile` itself if it has none.
    """
    if profile.spread == 0:
        return profile
    factor = math.exp(profile.spread * streams.generator("device", name).standard_normal())
    return replace(profile, macs_per_s=max(1.0, profile.macs_per_s * factor), spread=0.0)


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
