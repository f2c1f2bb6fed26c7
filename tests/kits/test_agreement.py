"""What all machines hold follows from the administrator's file."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.errors import ConfigError, DataError
from fedkd.kits import Reading, Scale, agree, read_blueprint
from fedkd.kits.arrays import write_arrays
from fedkd.loading import load_data

from .clinics import plain, write


def agreed(folder, **changes):
    return agree(read_blueprint(write(folder, plain(**changes))), folder)


def test_a_table_is_standardised_with_itself(tmp_path):
    found, reading = agreed(tmp_path)

    assert found.public.inputs[0].tolist() == [-1.0, -1.0, 0.0]
    assert reading.scale == Scale((2.0, 20.0, 7.0), (1.0, 10.0, 1.0))
    assert reading.labels == ("well", "ill")
    assert found.scenario.federation.sites == 2
    assert found.public.ids.tolist() == list(range(20))
    assert set(found.public.targets.tolist()) == {-1}


def test_a_scale_that_is_given_is_taken(tmp_path):
    found, reading = agreed(tmp_path, reading={"scale": {"mean": [1.0], "std": [2.0]}})

    assert found.public.inputs[0].tolist() == [0.0, 4.5, 3.0]
    assert reading.scale == Scale((1.0,), (2.0,))


def test_bytes_are_pixels(tmp_path):
    blueprint = read_blueprint(write(tmp_path, plain(scenario=["data=digits"])))
    write_arrays(tmp_path / "public.npz", {"inputs": np.full((3, 1, 8, 8), 255, np.uint8), "ids": np.array([5, 7, 9])})

    found, reading = agree(blueprint, tmp_path)

    assert found.public.inputs.max() == found.public.inputs.min() == 1.0
    assert found.public.ids.tolist() == [5, 7, 9]
    assert reading.scale == Scale((0.5,), (0.5,))


@pytest.mark.parametrize("data", ["wine", "digits"])
def test_without_a_file_the_public_set_is_that_of_the_simulation(data, tmp_path):
    scenario = [f"data={data}", "data.split.private=60", "device=unlimited"]
    changes = {"public": None, "classes": None, "reading": {}, "scenario": scenario}

    found, reading = agreed(tmp_path, **changes)

    simulated = load_data(found.scenario)
    np.testing.assert_array_equal(found.public.inputs, simulated.public.inputs)
    np.testing.assert_array_equal(found.public.ids, simulated.public.ids)
    assert found.classes == simulated.classes
    if data == "digits":  # scales itself, and nobody knows how
        assert reading == Reading()
    else:
        assert reading.scale is not None
        assert simulated.scaling is not None
        assert reading.scale == Scale.of(simulated.scaling)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"inputs": np.array([[np.nan, 1.0]])}, "no numbers"),
        ({"inputs": np.zeros((0, 3))}, "at least one sample"),
        ({"inputs": np.zeros((2, 3)), "ids": np.array([1, 1])}, "do not number"),
        ({"inputs": np.zeros((2, 3)), "ids": np.array([1.0, 2.0])}, "do not number"),
        ({"samples": np.zeros((2, 3))}, "lacks inputs"),
    ],
)
def test_a_public_set_that_makes_no_sense_is_refused(arrays, words, tmp_path):
    blueprint = read_blueprint(write(tmp_path, plain()))
    write_arrays(tmp_path / "public.npz", arrays)

    with pytest.raises(DataError, match=words):
        agree(blueprint, tmp_path)


def test_a_federation_without_sites_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="sites >= 1"):
        agreed(tmp_path, sites=[])


def test_labels_and_scales_are_counted(tmp_path):
    with pytest.raises(ConfigError, match="names 2 classes, but there are 3"):
        agreed(tmp_path, classes=3)
    with pytest.raises(ConfigError, match="2 entries, but there are 3 features"):
        agreed(tmp_path, reading={"scale": {"mean": [0.0, 0.0], "std": [1.0, 1.0]}})
