"""Which networks a device may carry, and why it may not carry the others."""

from __future__ import annotations

from dataclasses import dataclass

from fedkd.models import ArchSpec, Cost, training_bytes
from sim.device import DeviceProfile


@dataclass(frozen=True)
class Candidate:
    """A network and what it costs.

    Attributes:
        spec: The network.
        cost: Measured on the shape of the data.
    """

    spec: ArchSpec
    cost: Cost


def objections(candidate: Candidate, device: DeviceProfile, batch: int) -> tuple[str, ...]:
    """Every limit of the device's Budget that the network breaks, as `limit: value > bound`; empty if it fits.

    Args:
        candidate: The network.
        device: The device.
        batch: Samples of a training step, for its peak memory.
    """
    budget, cost = device.budget, candidate.cost
    figures = {
        "parameters": (cost.parameters, budget.parameters),
        "macs": (cost.macs, budget.macs),
        "memory_bytes": (training_bytes(cost, batch), budget.memory_bytes),
        "latency_us": (device.compute_us(cost.macs), budget.latency_us),
        # One byte a weight: the quantised hand-down, but for its scales and envelope.
        "hand_down_bytes": (cost.parameters, budget.hand_down_bytes),
    }
    return tuple(
        f"{name}: {value} > {bound}" for name, (value, bound) in figures.items() if bound is not None and value > bound
    )
