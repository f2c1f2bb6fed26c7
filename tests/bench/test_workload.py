"""Workloads are scenarios of ours, and files for everybody else; both are the same work."""

from __future__ import annotations

import importlib.util
import sys

import numpy as np
import pytest

from fedkd.bench.dataset import write_dataset
from fedkd.bench.environment import PROGRAMS
from fedkd.bench.workload import NETWORK, OURS, PRIVATE, WORK, Workload, training, trivial
from fedkd.models import load_weights, measure
from fedkd.simulation import simulate

SMALL = Workload("training", sites=3, rounds=2, steps=4, batch=8, samples=16, public=40, test=50)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("work")
    write_dataset(SMALL, made)
    return made


@pytest.fixture
def small_cnn(monkeypatch):
    """The module that rivals' interpreters load, loaded as they do: by its file, without fedkd."""
    spec = importlib.util.spec_from_file_location("small_cnn", PROGRAMS / "small_cnn.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "small_cnn", module)
    spec.loader.exec_module(module)
    return module


def test_the_network_is_the_small_one():
    assert measure(NETWORK, (1, 28, 28), 10).parameters == 9098


def test_two_kinds_of_work():
    assert (training(100, 5).steps, training(100, 5).batch) == (20, 32)
    assert (trivial(100, 5).steps, trivial(100, 5).batch) == (1, 1)


@pytest.mark.parametrize("method", OURS)
def test_the_scenario_has_the_work(method, tmp_path):
    scenario = SMALL.scenario(method, 2, tmp_path)

    assert scenario.method.name == method
    assert (scenario.method.local.steps, scenario.method.local.batch) == (4, 8)
    assert (scenario.federation.sites, scenario.federation.rounds, scenario.runtime.processes) == (3, 2, 2)


@pytest.mark.parametrize(("field", "value"), [("sites", 1), ("rounds", 1), ("steps", 0), ("samples", 0)])
def test_what_cannot_be_measured_is_refused(field, value):
    with pytest.raises(ValueError, match=f"{field}|{value}"):
        Workload("training", **{"sites": 3, field: value})


def test_every_site_has_its_samples_and_none_of_the_test_set(folder):
    arrays = np.load(folder / PRIVATE, allow_pickle=False)

    assert np.bincount(arrays["owner"]).tolist() == [16, 16, 16]
    assert np.bincount(arrays["y_test"]).tolist() == [5] * 10
    tested = {image.tobytes() for image in arrays["x_test"]}
    assert len(tested) == 50
    assert not tested & {image.tobytes() for image in arrays["x_train"]}


def test_the_same_seed_gives_the_same_files(folder, tmp_path):
    write_dataset(SMALL, tmp_path)

    again, before = (np.load(place / WORK, allow_pickle=False) for place in (tmp_path, folder))
    assert {name for name in before if not np.array_equal(before[name], again[name])} == set()


def test_rivals_train_what_we_train(folder, tmp_path, small_cnn):
    # Ours: the whole simulation.
    result = simulate(SMALL.scenario("fedavg", 1, folder), tmp_path / "run")
    _, ours = load_weights(next((tmp_path / "run" / "networks").glob("server-*.safetensors")))

    # Theirs: FedAvg by hand over the rivals' local step; sites are of one size, so the mean is the plain one.
    path = str(folder / WORK)
    rounds, clients = small_cnn.size(path)
    weights = small_cnn.first_weights(path)
    for round_ in range(1, rounds + 1):
        answers = [small_cnn.train(path, client, round_, weights) for client in range(clients)]
        assert [samples for _, samples in answers] == [16, 16, 16]
        weights = [np.mean(layer, axis=0) for layer in zip(*(trained for trained, _ in answers), strict=True)]

    # Files sort names, a state dict has a layer's weight before its bias. Sums of a cohort are ordered otherwise.
    names = sorted(ours, key=lambda name: (name.rpartition(".")[0], name.endswith("bias")))
    assert max(np.abs(ours[name] - layer).max() for name, layer in zip(names, weights, strict=True)) < 1e-5
    assert small_cnn.accuracy(path, weights) == pytest.approx(result.summary["global_accuracy"]["mean"], abs=0.021)
