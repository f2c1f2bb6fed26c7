"""Which networks a device may carry, and why it may not carry the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fedkd.models import ArchSpec, Cost, step_bytes
from sim.device import DeviceProfile


@dataclass(frozen=True)
class Candidate:
    """A network and what it costs.

    Attributes:
        spec: The network.
        cost: Measured on the shape of the data.
        input_bytes: One sample.
        excess: For each class of devices by name, how far beyond its Budget the network is (see `excess`).
    """

    spec: ArchSpec
    cost: Cost
    input_bytes: int = 0
    excess: tuple[tuple[str, float], ...] = ()


def objections(candidate: Candidate, device: DeviceProfile, batch: int) -> tuple[str, ...]:
    """Every limit of the device's Budget that the network breaks, as `limit: value > bound`; empty if it fits.

    Args:
        candidate: The network.
        device: The device.
        batch: Samples of a training step, for its peak memory.
    """
    limits = _limits(candidate, device, batch)
    return tuple(f"{name}: {value} > {bound}" for name, value, bound in limits if value > bound)


def excess(candidate: Candidate, device: DeviceProfile, batch: int) -> float:
    """How far the network is beyond the device's Budget: the sum over limits of value / bound - 1; 0 if it fits."""
    return sum(max(0.0, value / bound - 1) for _, value, bound in _limits(candidate, device, batch))


def _limits(candidate: Candidate, device: DeviceProfile, batch: int) -> Iterator[tuple[str, int, int]]:
    """Name, value and bound of every limit that the device has."""
    budget, cost = device.budget, candidate.cost
    figures = {
        "parameters": (cost.parameters, budget.parameters),
        "macs": (cost.macs, budget.macs),
        "memory_bytes": (step_bytes(cost, candidate.input_bytes, batch), budget.memory_bytes),
        "latency_us": (device.compute_us(cost.asking(1)), budget.latency_us),
        # One byte a weight: the quantised hand-down, but for its scales and envelope.
        "hand_down_bytes": (cost.parameters, budget.hand_down_bytes),
    }
    for name, (value, bound) in figures.items():
        if bound is not None:
            yield name, value, bound
