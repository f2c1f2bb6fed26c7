"""Our optimisers take the steps that torch's classes take, also when they go on from what was saved."""

from __future__ import annotations

import pytest
import torch

from fedkd.learning import Optimizer
from fedkd.learning.stepper import Stepper

CASES = [
    (Optimizer("adam", 0.01), lambda p: torch.optim.Adam(p, lr=0.01)),
    (Optimizer("sgd", 0.05, 0.9), lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9)),
    (Optimizer("sgd", 0.05, 0.0), lambda p: torch.optim.SGD(p, lr=0.05)),
]


def parameters() -> dict[str, torch.Tensor]:
    return {"a": torch.linspace(-1, 1, 6).reshape(2, 3).requires_grad_(), "b": torch.ones(4).requires_grad_()}


def slope(tensors: dict[str, torch.Tensor], step: int) -> None:
    for place, tensor in enumerate(tensors.values()):
        tensor.grad = (tensor.detach() - step) * (place + 1) / 7


@pytest.mark.parametrize(("settings", "make"), CASES)
def test_steps_are_those_of_torch(settings, make):
    ours, theirs = parameters(), parameters()
    stepper, optimizer = Stepper(settings, ours, {}, 0), make(list(theirs.values()))

    for step in range(5):
        if step == 3:
            kept = {name: value.clone() for name, value in stepper.slots().items()}
            stepper = Stepper(settings, ours, kept, 3)
        slope(ours, step)
        slope(theirs, step)
        stepper.step(settings.learning_rate)
        optimizer.step()

    for name, tensor in ours.items():
        torch.testing.assert_close(tensor, theirs[name], rtol=1e-6, atol=1e-7)


def test_gradients_are_forgotten():
    tensors = parameters()
    slope(tensors, 1)

    Stepper(Optimizer(), tensors, {}, 0).clear()

    assert all(tensor.grad is None for tensor in tensors.values())
