"""The local step of networks: one client, or a cohort of clients with one architecture, in one program.

A cohort stacks the weights of its members on a leading axis and runs them through `torch.func.vmap`; a
cohort of one runs the module as it is. Optimisers work element by element, so stacking changes nothing
but the order of floating point sums.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import functional_call, vmap

from fedkd.errors import DivergedError
from fedkd.learning.job import Arrays, Feed, Job, Model, Optimizer, Store
from fedkd.models import ArchSpec, skeleton


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
    module = _module(models[0].spec, input_shape, classes, training=True)
    parameters, buffers = _stack(models, module, device)
    optimizer = _optimizer(jobs[0].optimizer, parameters, models)
    batches = [_Batches([job.feeds[i] for job in jobs], store, device) for i in range(len(jobs[0].feeds))]
    forward = _forward(module, len(models))
    for step in range(jobs[0].steps):
        if jobs[0].learning_rates:
            for group in optimizer.param_groups:
                group["lr"] = jobs[0].learning_rates[step]
        _step(forward, parameters, buffers, batches, step, optimizer)
    return _unstack(models, jobs[0].steps, parameters, buffers, optimizer)


def _step(forward, parameters, buffers, batches, step, optimizer) -> None:  # type: ignore[no-untyped-def]
    taken = [batch.take(step) for batch in batches]
    # One forward pass for all feeds: a pass of 64 costs less than two of 32.
    logits = forward(parameters, buffers, torch.cat([inputs for inputs, _ in taken], dim=1))
    parts = logits.split([inputs.shape[1] for inputs, _ in taken], dim=1)
    losses = [
        batch.objective(part, targets).mean(dim=-1).sum()
        for batch, part, (_, targets) in zip(batches, parts, taken, strict=True)
    ]
    optimizer.zero_grad()
    torch.stack(losses).sum().backward()  # type: ignore[no-untyped-call]
    optimizer.step()


class _Batches:
    """The batches of one feed position for all members of a cohort, on the device."""

    def __init__(self, feeds: Sequence[Feed], store: Store, device: str) -> None:
        self.objective = feeds[0].objective
        shared = all(feed.inputs == feeds[0].inputs for feed in feeds)
        self._inputs = [_tensor(store[feed.inputs], device) for feed in (feeds[:1] if shared else feeds)]
        self._targets = [
            {name: _tensor(store[t] if isinstance(t, str) else t, device) for name, t in feed.targets.items()}
            for feed in feeds
        ]
        self._rows = [torch.from_numpy(feed.rows).to(device) for feed in feeds]

    def take(self, step: int) -> tuple[Tensor, dict[str, Tensor]]:
        """Inputs [K, B, ...] and targets [K, B, ...] of one step."""
        rows = [r[step] for r in self._rows]
        if len(self._inputs) == 1:
            inputs = self._inputs[0][torch.stack(rows)]
        else:
            inputs = torch.stack([x[r] for x, r in zip(self._inputs, rows, strict=True)])
        targets = {
            name: torch.stack([t[name][r % len(t[name])] for t, r in zip(self._targets, rows, strict=True)])
            for name in self._targets[0]
        }
        return inputs, targets


def _tensor(array: NDArray[np.generic], device: str) -> Tensor:
    # torch cannot mark a tensor read-only and warns about arrays that are.
    return torch.from_numpy(array if array.flags.writeable else array.copy()).to(device)


def _forward(module: nn.Module, members: int):  # type: ignore[no-untyped-def]
    def single(parameters: Mapping[str, Tensor], buffers: Mapping[str, Tensor], inputs: Tensor) -> Tensor:
        return cast(Tensor, functional_call(module, {**parameters, **buffers}, (inputs,)))

    if members > 1:
        return vmap(single)
    # A single client keeps its plain shapes, so that networks that vmap cannot batch run as well.
    return lambda parameters, buffers, inputs: single(parameters, buffers, inputs[0]).unsqueeze(0)


@lru_cache(maxsize=64)
def _module(spec: ArchSpec, input_shape: tuple[int, ...], classes: int, training: bool) -> nn.Module:
    return skeleton(spec, input_shape, classes).train(training)


def _stack(models: Sequence[Model], module: nn.Module, device: str) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    trainable = {name for name, _ in module.named_parameters()}
    gathered = {name: _tensor(_gather([m.arrays[name] for m in models]), device) for name in models[0].arrays}
    parameters = {k: v.requires_grad_() for k, v in gathered.items() if k in trainable}
    return parameters, {k: v for k, v in gathered.items() if k not in trainable}


def _gather(arrays: Sequence[NDArray[np.generic]]) -> NDArray[np.generic]:
    # A copy in both cases: the caller's arrays must not change under it.
    return np.stack(arrays) if len(arrays) > 1 else arrays[0].copy()


def _optimizer(settings: Optimizer, parameters: dict[str, Tensor], models: Sequence[Model]) -> torch.optim.Optimizer:
    tensors = list(parameters.values())
    made: torch.optim.Optimizer
    if settings.kind == "adam":
        made = torch.optim.Adam(tensors, lr=settings.learning_rate, fused=True)
    else:
        made = torch.optim.SGD(tensors, lr=settings.learning_rate, momentum=settings.momentum, fused=True)
    for name, tensor in parameters.items():
        slots = {key.split("/", 1)[0] for key in models[0].optimizer if key.split("/", 1)[1] == name}
        for slot in slots:
            values = _gather([m.optimizer[f"{slot}/{name}"] for m in models])
            made.state[tensor][slot] = _tensor(values, str(tensor.device))
        if slots and settings.kind == "adam":
            made.state[tensor]["step"] = torch.tensor(float(models[0].steps), device=tensor.device)
    return made


def _unstack(models, steps, parameters, buffers, optimizer) -> list[Model]:  # type: ignore[no-untyped-def]
    arrays = {k: v.detach().cpu().numpy() for k, v in {**parameters, **buffers}.items()}
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise DivergedError(f"training made {name} infinite or NaN", "lower the learning rate")
    slots: Arrays = {
        f"{slot}/{name}": value.cpu().numpy()
        for name, tensor in parameters.items()
        for slot, value in optimizer.state[tensor].items()
        if isinstance(value, Tensor) and slot != "step"
    }
    alone = len(models) == 1
    return [
        Model(
            model.spec,
            {name: arrays[name] if alone else arrays[name][i].copy() for name in model.arrays},
            {name: value if alone else value[i].copy() for name, value in slots.items()},
            model.steps + steps,
        )
        for i, model in enumerate(models)
    ]


def predict_network(
    model: Model,
    inputs: NDArray[np.float32],
    input_shape: tuple[int, ...],
    classes: int,
    device: str = "cpu",
    batch: int = 500,
) -> NDArray[np.float32]:
    """Logits [N, C] of one network, in evaluation mode."""
    module = _module(model.spec, input_shape, classes, training=False)
    state = {name: _tensor(array, device) for name, array in model.arrays.items()}
    with torch.inference_mode():
        parts = [
            functional_call(module, state, (_tensor(inputs[i : i + batch], device),))
            for i in range(0, len(inputs), batch)
        ]
    return cast(NDArray[np.float32], torch.cat(parts).cpu().numpy())
