"""What a site's machine brings is checked before anything is trained on it."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.data import Examples, SiteData
from fedkd.errors import ConfigFileError, UnreadableDataError
from fedkd.kits import SiteKit, read_data, read_kit, write_arrays, write_data

SHAPE, CLASSES = (2, 3), 4


def arrays(samples: int = 5, **changes):
    inputs = np.arange(samples * 6, dtype=np.float32).reshape(samples, *SHAPE)
    return {"train_inputs": inputs, "train_labels": np.arange(samples) % CLASSES} | changes


def test_data_come_back_as_they_were(tmp_path):
    given = [Examples(np.ones((n, *SHAPE), np.float32), np.arange(n) % CLASSES, np.arange(n)) for n in (5, 2)]

    write_data(tmp_path / "data.npz", SiteData(*given, np.array([3, 2, 1, 1])))
    data = read_data(tmp_path / "data.npz", SHAPE, CLASSES)

    assert (len(data.train), len(data.validation)) == (5, 2)
    assert data.train.targets.tolist() == [0, 1, 2, 3, 0]
    assert data.histogram.tolist() == [3, 2, 1, 1]


def test_validation_samples_may_be_missing(tmp_path):
    write_arrays(tmp_path / "data.npz", arrays())

    assert len(read_data(tmp_path / "data.npz", SHAPE, CLASSES).validation) == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"train_labels": np.array([0, 1, 2, 3, 4])}, "labels beyond 0 to 3"),
        ({"train_labels": np.array([0, 1, 2, 3, -1])}, "labels beyond 0 to 3"),
        ({"train_inputs": np.full((5, *SHAPE), np.nan, np.float32)}, "samples that are no numbers"),
        ({"train_inputs": np.zeros((5, 3, 2), np.float32)}, r"reads samples \[2, 3\]"),
        ({"train_labels": np.zeros(4, np.int64)}, "give one label a sample"),
        ({"train_labels": np.zeros(5)}, "give one label a sample"),
        ({"validation_inputs": np.zeros((1, 9), np.float32)}, "validation samples"),
    ],
)
def test_data_that_do_not_fit_are_refused(changes, words, tmp_path):
    write_arrays(tmp_path / "data.npz", arrays(**changes))

    with pytest.raises(UnreadableDataError, match=words):
        read_data(tmp_path / "data.npz", SHAPE, CLASSES)


def test_what_is_no_data_is_refused(tmp_path):
    (tmp_path / "data.npz").write_bytes(b"no arrays")
    write_arrays(tmp_path / "half.npz", {"train_inputs": np.zeros((1, *SHAPE), np.float32)})

    with pytest.raises(UnreadableDataError, match="cannot be read as arrays"):
        read_data(tmp_path / "data.npz", SHAPE, CLASSES)
    with pytest.raises(UnreadableDataError, match="lacks train_labels"):
        read_data(tmp_path / "half.npz", SHAPE, CLASSES)
    with pytest.raises(ConfigFileError, match="is no kit"):
        read_kit(tmp_path, SiteKit)
