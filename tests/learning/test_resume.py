"""Training that is interrupted, packed and unpacked goes on bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.learning import Model, pack, unpack
from fedkd.learning.network import train_networks

from .cases import (
    ADAM,
    CLASSES,
    CNN,
    FOREST,
    MLP,
    SGD,
    SHAPES,
    assert_same,
    first_steps,
    make_job,
    make_model,
    make_store,
)


def train(models, jobs, spec) -> list[Model]:
    return train_networks(models, jobs, make_store(SHAPES[spec]), SHAPES[spec], CLASSES)


@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("optimizer", [SGD, ADAM], ids=lambda o: o.kind)
@pytest.mark.parametrize("spec", [CNN, MLP], ids=lambda s: s.family)
def test_twice_ten_steps_are_twenty(spec, optimizer, members):
    fresh = [make_model(spec, k) for k in range(members)]
    jobs = [make_job(k, 20, optimizer) for k in range(members)]

    whole = train(fresh, jobs, spec)
    half = train(fresh, [first_steps(job, 0, 10) for job in jobs], spec)
    stored = unpack(pack({f"site-{k}": model for k, model in enumerate(half)}))
    resumed = train([stored[f"site-{k}"] for k in range(members)], [first_steps(job, 10, 20) for job in jobs], spec)

    for one, other in zip(whole, resumed, strict=True):
        assert_same(one, other)


def test_adam_without_its_state_goes_another_way():
    job = make_job(0, 20)
    half = train([make_model(MLP, 0)], [first_steps(job, 0, 10)], MLP)[0]

    kept = train([half], [first_steps(job, 10, 20)], MLP)[0]
    reset = train([half.reset(half.arrays)], [first_steps(job, 10, 20)], MLP)[0]

    assert (kept.steps, reset.steps) == (20, 10)
    assert not np.array_equal(kept.arrays["head.weight"], reset.arrays["head.weight"])


def test_every_model_comes_back_from_flat_arrays():
    job = make_job(0, 2)
    models = {
        "site-00": train([make_model(CNN, 0)], [job], CNN)[0],
        'student {"family":"mlp"}': make_model(MLP, 1),
        "trees": make_model(FOREST, 2),
    }

    flat = pack(models)
    back = unpack(flat)

    assert all(isinstance(array, np.ndarray) for array in flat.values())
    assert back.keys() == models.keys()
    for name, model in models.items():
        assert_same(back[name], model)


def test_nothing_packs_to_nothing():
    assert unpack(pack({})) == {}
