"""The local step of networks: one client, or a cohort of clients with one architecture, in one program.

A cohort stacks the weights of its members on a leading axis and runs them through `torch.func.vmap`; a
cohort of one runs the module as it is. Optimisers work element by element, so stacking changes nothing
but the order of floating point sums.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import functional_call, vmap

from fedkd.distill import FEATURES
from fedkd.errors import DivergedError
from fedkd.learning.batches import Batches, tensor
from fedkd.learning.job import Arrays, Job, Model, Store
from fedkd.learning.stepper import Stepper
from fedkd.models import ArchSpec, skeleton

Tensors = dict[str, Tensor]


def train_networks(
    models: Sequence[Model],
    jobs: Sequence[Job],
    store: Store,
    input_shape: tuple[int, ...],
    classes: int,
    device: str = "cpu",
) -> list[Model]:
    """Train each model on its job. All share one architecture, optimiser state age and job layout.

    Args:
        models: K models with equal `spec` and `steps`.
        jobs: K jobs whose feeds have equal shapes and objectives.
        store: Arrays that the feeds refer to.
        input_shape: Shape of one sample.
        classes: Number of classes.
        device: torch device.

    Returns:
        K trained models.

    Raises:
        DivergedError: Weights became NaN or infinite.
    """
    cohort = _Cohort(models, jobs, _module(models[0].spec, input_shape, classes, True), device)
    batches = [Batches([job.feeds[i] for job in jobs], store, device) for i in range(len(jobs[0].feeds))]
    rates = jobs[0].learning_rates or (jobs[0].optimizer.learning_rate,) * jobs[0].steps
    for step, rate in enumerate(rates):
        cohort.step(batches, step, rate)
    return cohort.models(jobs[0].steps)


class _Cohort:
    """K models as one program. A single one keeps its plain shapes, so networks that vmap cannot batch run too."""

    def __init__(self, models: Sequence[Model], jobs: Sequence[Job], module: nn.Module, device: str) -> None:
        self.before = models
        self.module = module
        trainable = {name for name, _ in module.named_parameters()}
        arrays = {name: tensor(_gather([m.arrays[name] for m in models]), device) for name in models[0].arrays}
        self.parameters = {k: v.requires_grad_() for k, v in arrays.items() if k in trainable}
        self.buffers = {k: v for k, v in arrays.items() if k not in trainable}
        slots = {key: tensor(_gather([m.optimizer[key] for m in models]), device) for key in models[0].optimizer}
        self.stepper = Stepper(jobs[0].optimizer, self.parameters, slots, models[0].steps)
        self.featured = any(feed.objective.featured for feed in jobs[0].feeds)
        self.pull, self.anchors = jobs[0].pull, {}
        if self.pull:
            anchors = [job.anchor or model.arrays for job, model in zip(jobs, models, strict=True)]
            self.anchors = {n: tensor(_gather([a[n] for a in anchors]), device) for n in self.parameters}

    def step(self, batches: Sequence[Batches], step: int, rate: float) -> None:
        """One optimiser step on one batch of every feed."""
        taken = [batch.take(step) for batch in batches]
        # One forward pass for all feeds: a pass of 64 costs less than two of 32.
        logits, features = self._forward(torch.cat([inputs for inputs, _ in taken], dim=1))
        sizes = [inputs.shape[1] for inputs, _ in taken]
        parts = zip(torch.split(logits, sizes, dim=1), torch.split(features, sizes, dim=1), strict=True)
        # Members do not meet in the sum, so each gets its own gradient.
        losses = [
            batch.objective(part, {**targets, FEATURES: seen} if self.featured else targets).mean(dim=-1).sum()
            for batch, (part, seen), (_, targets) in zip(batches, parts, taken, strict=True)
        ]
        self.stepper.clear()
        torch.stack(losses).sum().backward()  # type: ignore[no-untyped-call]
        self._pull()
        self.stepper.step(rate)

    def _pull(self) -> None:
        """Add the gradient of the proximal term."""
        for name, anchor in self.anchors.items():
            parameter = self.parameters[name]
            assert parameter.grad is not None
            parameter.grad.add_(parameter.detach() - anchor, alpha=self.pull)

    def _forward(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Logits [K, B, C] and features [K, B, F] of inputs [K, B, ...]."""
        if len(self.before) > 1:
            return vmap(self._call)(self.parameters, self.buffers, inputs)
        logits, features = self._call(self.parameters, self.buffers, inputs[0])
        return logits.unsqueeze(0), features.unsqueeze(0)

    def _call(self, parameters: Tensors, buffers: Tensors, inputs: Tensor) -> tuple[Tensor, Tensor]:
        return _both(self.module, {**parameters, **buffers}, inputs)

    def models(self, steps: int) -> list[Model]:
        """The members as they are now."""
        arrays = {k: v.detach().cpu().numpy() for k, v in {**self.parameters, **self.buffers}.items()}
        for name, array in arrays.items():
            if not np.isfinite(array).all():
                raise DivergedError(f"training made {name} infinite or NaN", "lower the learning rate")
        slots: Arrays = {key: value.cpu().numpy() for key, value in self.stepper.slots().items()}
        return [
            Model(m.spec, self._member({n: arrays[n] for n in m.arrays}, i), self._member(slots, i), m.steps + steps)
            for i, m in enumerate(self.before)
        ]

    def _member(self, arrays: Mapping[str, NDArray[Any]], i: int) -> Arrays:
        alone = len(self.before) == 1
        return {name: array if alone else array[i].copy() for name, array in arrays.items()}


def _both(module: nn.Module, state: Tensors, inputs: Tensor) -> tuple[Tensor, Tensor]:
    shared = _shares_weights(module)
    answer = functional_call(module, state, (inputs,), {"with_features": True}, tie_weights=shared)
    return cast(tuple[Tensor, Tensor], answer)


@lru_cache(maxsize=128)
def _shares_weights(module: nn.Module) -> bool:
    """Whether two layers have one weight; looking for such pairs in every call takes a tenth of a small step."""
    names = [name for name, _ in module.named_parameters(remove_duplicate=False)]
    return len(names) > len(list(module.named_parameters()))


def _module(spec: ArchSpec, input_shape: tuple[int, ...], classes: int, training: bool) -> nn.Module:
    # A call lends its weights to the module for a while, so no two threads may share one.
    return _module_of(threading.get_ident(), spec, input_shape, classes, training)


@lru_cache(maxsize=64)
def _module_of(thread: int, spec: ArchSpec, input_shape: tuple[int, ...], classes: int, training: bool) -> nn.Module:
    return skeleton(spec, input_shape, classes).train(training)


def _gather(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    # A copy in both cases: the caller's arrays must not change under it.
    return np.stack(arrays) if len(arrays) > 1 else arrays[0].copy()


def ask_network(
    model: Model,
    inputs: NDArray[np.float32],
    input_shape: tuple[int, ...],
    classes: int,
    device: str = "cpu",
    batch: int = 500,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Logits [N, C] of one network and the features [N, F] that its head sees, in evaluation mode."""
    module = _module(model.spec, input_shape, classes, False)
    state = {name: tensor(array, device) for name, array in model.arrays.items()}
    with torch.inference_mode():
        # An empty set makes one empty batch, which says how many columns there are.
        parts = [
            _both(module, state, tensor(inputs[i : i + batch], device)) for i in range(0, max(len(inputs), 1), batch)
        ]
    logits, features = (torch.cat(column).cpu().numpy() for column in zip(*parts, strict=True))
    return logits, features
