"""Executors: one process or several, the same bits; trouble in a worker comes back as what it is."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
import torch

from fedkd.distill import Constant, Objective, Weights
from fedkd.errors import DeviceUnavailableError, DivergedError, WorkerDiedError
from fedkd.learning import Assignment, Executor, Job, Learner, Optimizer
from fedkd.runtime import LocalRuntime
from fedkd.runtime.local import InProcess, Workers

from .cases import (
    CLASSES,
    FOREST,
    MLP,
    SGD,
    SHAPES,
    assert_same,
    hard_feed,
    make_assignment,
    make_job,
    make_model,
    make_store,
)

LEARNER = Learner(SHAPES[MLP], CLASSES, cohort=2)


@dataclass(frozen=True)
class Deadly:
    """A loss that ends the process, as running out of memory does."""

    name: str = "hard"

    def __call__(self, logits: torch.Tensor, targets: Mapping[str, torch.Tensor], weights: Weights) -> torch.Tensor:
        os._exit(1)


def start(processes: int) -> Executor:
    executor = LocalRuntime(processes=processes).executor(LEARNER)
    executor.start(make_store(SHAPES[MLP]))
    return executor


@pytest.fixture(scope="module")
def workers() -> Iterator[Executor]:
    executor = start(2)
    yield executor
    executor.close()


def test_the_number_of_processes_changes_nothing(workers):
    assignments = [
        *(make_assignment(MLP, k) for k in range(3)),
        make_assignment(FOREST, 0),
        make_assignment(MLP, 1, steps=3, optimizer=SGD),
        Assignment(make_model(MLP, 2), (), ("public",)),
        Assignment(make_model(MLP, 0), (make_job(0, 1), make_job(0, 2, SGD)), ("0/inputs",)),
    ]

    apart, together = workers.run(assignments), start(1).run(assignments)

    assert isinstance(workers, Workers)
    for one, other in zip(apart, together, strict=True):
        assert_same(one.model, other.model)
        assert one.answers.keys() == other.answers.keys()
        assert all((one.answers[key] == other.answers[key]).all() for key in one.answers)


def test_outcomes_come_in_the_order_of_the_assignments(workers):
    assignments = [make_assignment(MLP, k % 3, steps=1 + k % 2) for k in range(6)]

    steps = [outcome.model.steps for outcome in workers.run(assignments)]

    assert steps == [1, 2, 1, 2, 1, 2]


def test_nothing_to_do_is_done(workers):
    assert workers.run([]) == start(1).run([]) == []


@pytest.mark.parametrize(
    ("objective", "rate", "error", "message"),
    [
        (None, 1e30, DivergedError, "lower the learning rate"),
        (Objective((Deadly(),), Constant()), 0.1, WorkerDiedError, "resume the run"),
    ],
    ids=["diverges", "dies"],
)
def test_trouble_in_a_worker_comes_back_as_what_it_is(objective, rate, error, message):
    executor = start(2)
    job = Job((hard_feed(0, 30, objective=objective),), Optimizer("sgd", rate))

    with pytest.raises(error, match=message):
        executor.run([Assignment(make_model(MLP, 0), (job,))])

    executor.close()


def test_one_process_is_this_one():
    assert isinstance(LocalRuntime(processes=1).executor(LEARNER), InProcess)
    assert isinstance(LocalRuntime(processes=3).executor(LEARNER), Workers)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_a_device_that_is_not_there_is_refused():
    assert LocalRuntime(device="auto").resolved_device() == "cpu"
    for device in ("cuda", "tpu"):
        with pytest.raises(DeviceUnavailableError, match=f"runtime.device={device} is not available"):
            LocalRuntime(device=device).resolved_device()


@pytest.mark.parametrize("settings", [{"cohort": 0}, {"processes": -1}, {"threads": 0}])
def test_impossible_settings_are_refused(settings):
    with pytest.raises(ValueError, match="at least"):
        LocalRuntime(**settings)
