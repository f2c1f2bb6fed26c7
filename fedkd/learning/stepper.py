"""Adam and SGD on stacked weights, with slots that can be saved and loaded.

The functions behind `torch.optim` are called, not its classes: a class imports torch's compiler when it is made, one
second of CPU in every worker process, and does the same arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.optim.adam import adam
from torch.optim.sgd import sgd

from fedkd.learning.job import Optimizer


class Stepper:
    """Steps parameters in place.

    Args:
        settings: How to step; the rate is said anew with each step.
        parameters: What to step, by name.
        slots: What the optimiser remembers, keyed `slot/parameter`; empty when fresh.
        steps: Steps that were taken with them.
    """

    def __init__(
        self, settings: Optimizer, parameters: Mapping[str, Tensor], slots: Mapping[str, Tensor], steps: int
    ) -> None:
        self._settings = settings
        self._parameters = parameters
        self._slots: dict[str, list[Any]] = {
            name: [slots.get(f"{name}/{p}") for p in parameters] for name in _slot_names(settings)
        }
        if settings.kind == "adam" and not slots:
            self._slots = {name: [torch.zeros_like(p) for p in parameters.values()] for name in self._slots}
        begun = float(steps if slots else 0)
        self._counts = [torch.tensor(begun, device=parameter.device) for parameter in parameters.values()]

    def clear(self) -> None:
        """Forget gradients."""
        for parameter in self._parameters.values():
            parameter.grad = None

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """One step along the gradients that the parameters hold."""
        weights = list(self._parameters.values())
        slopes: list[Any] = [weight.grad for weight in weights]
        common: dict[str, Any] = {"lr": rate, "weight_decay": 0.0, "maximize": False, "fused": True}
        if self._settings.kind == "adam":
            first, second = self._slots["exp_avg"], self._slots["exp_avg_sq"]
            constants = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "amsgrad": False, **common}
            adam(weights, slopes, first, second, [], self._counts, **constants)
        else:
            buffers = self._slots.get("momentum_buffer", [None] * len(weights))
            sgd(weights, slopes, buffers, momentum=self._settings.momentum, dampening=0.0, nesterov=False, **common)

    def slots(self) -> dict[str, Tensor]:
        """What is remembered, keyed `slot/parameter`."""
        return {
            f"{slot}/{name}": value
            for slot, values in self._slots.items()
            for name, value in zip(self._parameters, values, strict=True)
            if value is not None
        }


def _slot_names(settings: Optimizer) -> tuple[str, ...]:
    if settings.kind == "adam":
        return ("exp_avg", "exp_avg_sq")
    return ("momentum_buffer",) if settings.momentum else ()
