"""Small jobs for the tests of this room."""

from __future__ import annotations

import numpy as np

from fedkd.distill import LABEL, TEACHER, Objective, hard_labels, soft_labels
from fedkd.learning import Assignment, Feed, Job, Model, Optimizer, Store, draw_rows, fresh_model
from fedkd.models import ArchSpec

CLASSES = 3
SAMPLES = 24
CNN = ArchSpec.of("cnn", channels=(4, 6), kernel=3)
MLP = ArchSpec.of("mlp", hidden=(6,))
GRU = ArchSpec.of("gru", hidden=4)
FOREST = ArchSpec.of("forest", trees=5, depth=4)
SHAPES = {CNN: (1, 8, 8), MLP: (5,), GRU: (3, 6), FOREST: (5,)}

ADAM = Optimizer("adam", 2e-3)
SGD = Optimizer("sgd", 0.05, momentum=0.9)


def generator(*name: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([7, *name])))


def make_store(shape: tuple[int, ...], members: int = 3) -> Store:
    """Private inputs and labels of each member, and a public set with soft labels that all share."""
    store: Store = {"public": generator(99).standard_normal((SAMPLES, *shape)).astype(np.float32)}
    for k in range(members):
        store[f"{k}/inputs"] = generator(k).standard_normal((SAMPLES, *shape)).astype(np.float32)
        store[f"{k}/labels"] = np.arange(SAMPLES, dtype=np.int64) % CLASSES
        store[f"{k}/soft"] = generator(k, 1).dirichlet([1] * CLASSES, SAMPLES).astype(np.float32)
    return store


def hard_feed(k: int, steps: int, batch: int = 8, objective: Objective | None = None) -> Feed:
    rows = draw_rows(generator(k, 2), SAMPLES, steps, batch)
    return Feed(f"{k}/inputs", {LABEL: f"{k}/labels"}, rows, objective or hard_labels())


def soft_feed(k: int, steps: int, batch: int = 8) -> Feed:
    return Feed("public", {TEACHER: f"{k}/soft"}, draw_rows(generator(k, 3), SAMPLES, steps, batch), soft_labels(0.5))


def make_job(k: int, steps: int, optimizer: Optimizer = ADAM) -> Job:
    """Labels and soft labels at once."""
    return Job((hard_feed(k, steps), soft_feed(k, steps)), optimizer, seed=k)


def first_steps(job: Job, start: int, stop: int) -> Job:
    """The part of a job that lies between two steps."""
    feeds = tuple(Feed(f.inputs, f.targets, f.rows[start:stop], f.objective) for f in job.feeds)
    return Job(feeds, job.optimizer, seed=job.seed)


def make_model(spec: ArchSpec, k: int) -> Model:
    return fresh_model(spec, SHAPES[spec], CLASSES, seed=k)


def make_assignment(spec: ArchSpec, k: int, steps: int = 2, optimizer: Optimizer = ADAM) -> Assignment:
    return Assignment(make_model(spec, k), (make_job(k, steps, optimizer),), ("public",))


def assert_same(one: Model, other: Model) -> None:
    """Assert that two models agree in every bit, optimiser included."""
    assert (one.spec, one.steps) == (other.spec, other.steps)
    for mine, theirs in ((one.arrays, other.arrays), (one.optimizer, other.optimizer)):
        assert mine.keys() == theirs.keys()
        for name, array in mine.items():
            np.testing.assert_array_equal(array, theirs[name], strict=True)


def distance(one: Model, other: Model) -> float:
    """The largest difference of any weight."""
    return max(float(np.abs(one.arrays[name] - other.arrays[name]).max()) for name in one.arrays)
