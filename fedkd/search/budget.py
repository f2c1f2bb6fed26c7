"""Which networks a device may carry, and why it may not carry the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fedkd.models import ArchSpec, Cost, training_bytes
from sim.device import DeviceProfile

_ACTIVATION_COPIES = 3
_INPUT_COPIES = 2
_WORKSPACE_BYTES = 16 * 1024


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


def step_bytes(candidate: Candidate, batch: int) -> int:
    """Peak memory of a training step with Adam at `batch` samples, from above, without the interpreter and libraries.

    `training_bytes` counts every layer's output once. Measured (`fedkd.search.memory`), a step holds more: gradients
    of outputs and the kernels' working copies of them, the samples and the batch that they are copied into, and some
    kilobytes of whatever kernels need. The numbers of copies are those that no network of the standard space exceeds.
    """
    activations = training_bytes(candidate.cost, _ACTIVATION_COPIES * batch)
    return activations + _INPUT_COPIES * batch * candidate.input_bytes + _WORKSPACE_BYTES


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
        "memory_bytes": (step_bytes(candidate, batch), budget.memory_bytes),
        "latency_us": (device.compute_us(cost.macs), budget.latency_us),
        # One byte a weight: the quantised hand-down, but for its scales and envelope.
        "hand_down_bytes": (cost.parameters, budget.hand_down_bytes),
    }
    for name, (value, bound) in figures.items():
        if bound is not None:
            yield name, value, bound
