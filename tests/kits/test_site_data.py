"""What a site's machine brings is checked before anything is trained on it, whatever file it lies in."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from PIL import Image

from fedkd.data import Examples, SiteData
from fedkd.errors import DataError, InvalidValuesError, UnreadableDataError
from fedkd.kits import Reading, Scale, SiteKit, read_data, read_test, write_data, write_test
from fedkd.kits.arrays import write_arrays
from sim.device import Budget, DeviceProfile
from sim.streams import Streams

SHAPE, CLASSES = (2, 3), 4
STREAMS = Streams(0)
DEVICE = DeviceProfile("board", 1e8, 1.0, Budget())
HALF = Scale((0.5,), (0.5,))


def kit(data: str = "data.npz", scale: Scale | None = None, labels=None, **changes) -> SiteKit:
    reading = Reading(labels=labels, scale=scale)
    return SiteKit("clinic-a", "server:8090", CLASSES, DEVICE, data=data, reading=reading, **changes)


def arrays(samples: int = 5, **changes):
    inputs = np.arange(samples * 6, dtype=np.float32).reshape(samples, *SHAPE)
    return {"train_inputs": inputs, "train_labels": np.arange(samples) % CLASSES} | changes


def test_data_come_back_as_they_were(tmp_path):
    given = [Examples(np.ones((n, *SHAPE), np.float32), np.arange(n) % CLASSES, np.arange(n)) for n in (5, 2)]

    write_data(tmp_path / "data.npz", SiteData(*given, np.array([3, 2, 1, 1])))
    data = read_data(tmp_path, kit(), SHAPE, STREAMS)

    assert (len(data.train), len(data.validation)) == (5, 2)
    assert data.train.targets.tolist() == [0, 1, 2, 3, 0]
    assert data.histogram.tolist() == [3, 2, 1, 1]


def test_a_share_is_kept_aside_where_the_file_does_not_say(tmp_path):
    write_arrays(tmp_path / "data.npz", arrays(20))

    first, again = (read_data(tmp_path, kit(validation=0.2), SHAPE, STREAMS) for _ in range(2))
    everything = read_data(tmp_path, kit(validation=0.0), SHAPE, STREAMS)

    assert (len(first.train), len(first.validation), len(everything.train)) == (16, 4, 20)
    assert first.validation.ids.tolist() == again.validation.ids.tolist()
    assert sorted([*first.train.ids, *first.validation.ids]) == list(range(20))
    assert first.histogram.tolist() == everything.histogram.tolist() == [5, 5, 5, 5]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"train_labels": np.array([0, 1, 2, 3, 4])}, "labels beyond 0 to 3"),
        ({"train_labels": np.array([0, 1, 2, 3, -1])}, "labels beyond 0 to 3"),
        ({"train_inputs": np.full((5, *SHAPE), np.nan, np.float32)}, "samples that are no numbers"),
        ({"train_inputs": np.zeros((5, 3, 2), np.float32)}, r"reads samples \[2, 3\]"),
        ({"train_labels": np.zeros(4, np.int64)}, "give one label a sample"),
        ({"train_labels": np.zeros(5)}, "give one label a sample"),
        ({"validation_inputs": np.zeros((1, *SHAPE), np.float32)}, "lacks validation_labels"),
        ({"validation_inputs": np.zeros((1, 9)), "validation_labels": np.zeros(1, int)}, "validation samples"),
    ],
)
def test_data_that_do_not_fit_are_refused(changes, words, tmp_path):
    write_arrays(tmp_path / "data.npz", arrays(**changes))

    with pytest.raises(DataError, match=words):
        read_data(tmp_path, kit(), SHAPE, STREAMS)


def test_what_is_no_data_is_refused(tmp_path):
    (tmp_path / "data.npz").write_bytes(b"no arrays")
    write_arrays(tmp_path / "half.npz", {"train_inputs": np.zeros((1, *SHAPE), np.float32)})

    for name, words in [
        ("data.npz", "cannot be read as arrays"),
        ("half.npz", "lacks train_labels"),
        ("nowhere", "is no folder, .npz or .csv file"),
        ("nowhere.csv", "names no column"),
    ]:
        with pytest.raises(UnreadableDataError, match=words):
            read_data(tmp_path, kit(name), SHAPE, STREAMS)


def test_raw_windows_are_scaled_as_the_public_set_was(tmp_path):
    write_arrays(tmp_path / "data.npz", {"x_train": np.full((4, *SHAPE), 3.0), "y_train": np.array([0, 0, 1, 0])})

    data = read_data(tmp_path, kit(scale=Scale((1.0, 3.0), (2.0, 5.0)), validation=0.0), SHAPE, STREAMS)

    # Sensor 0: (3 - 1) / 2. Sensor 1: (3 - 3) / 5.
    assert data.train.inputs[0].tolist() == [[1.0] * 3, [0.0] * 3]
    assert data.histogram.tolist() == [3, 1, 0, 0]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (0, 2, 3, 1)])
def test_raw_images_may_have_their_channels_anywhere(order, tmp_path):
    images = np.zeros((2, 3, 4, 4), np.uint8)
    images[0, 1] = 255
    write_arrays(tmp_path / "data.npz", {"x_train": images.transpose(order), "y_train": np.array([3, 3])})

    data = read_data(tmp_path, kit(scale=HALF, validation=0.0), (3, 4, 4), STREAMS)

    samples = data.train.inputs[np.argsort(data.train.ids)]
    # (0 / 255 - 0.5) / 0.5 and (255 / 255 - 0.5) / 0.5.
    assert samples[0, :, 0, 0].tolist() == [-1.0, 1.0, -1.0]


def test_pixels_need_a_scale_that_was_agreed(tmp_path):
    (tmp_path / "images").mkdir()

    with pytest.raises(UnreadableDataError, match=r"nobody agreed.*reading\.scale"):
        read_data(tmp_path, kit("images"), (1, 4, 4), STREAMS)
    with pytest.raises(UnreadableDataError, match=r"holds images, but this federation reads samples \[2, 3\]"):
        read_data(tmp_path, kit("images", HALF), SHAPE, STREAMS)


def test_a_folder_of_images_may_lack_classes(tmp_path):
    for label in ("b", "d"):
        (tmp_path / "images" / label).mkdir(parents=True)
        Image.new("L", (8, 8), 255).save(tmp_path / "images" / label / "0.png")

    named = kit("images", HALF, ("a", "b", "c", "d"), validation=0.0)
    data = read_data(tmp_path, named, (1, 4, 4), STREAMS)

    assert sorted(data.train.targets.tolist()) == [1, 3]
    assert data.train.inputs.min() == 1.0
    with pytest.raises(InvalidValuesError, match="a class b, known are 0, 1, 2, 3"):
        read_data(tmp_path, kit("images", HALF), (1, 4, 4), STREAMS)


def test_a_folder_of_idx_files_may_hold_one_class(tmp_path):
    (tmp_path / "idx").mkdir()
    images, labels = struct.pack(">IIII", 0x803, 2, 4, 4) + bytes(32), struct.pack(">II", 0x801, 2) + bytes(2)
    (tmp_path / "idx" / "train-images-idx3-ubyte").write_bytes(images)
    (tmp_path / "idx" / "train-labels-idx1-ubyte").write_bytes(labels)

    data = read_data(tmp_path, kit("idx", HALF, validation=0.0), (1, 4, 4), STREAMS)

    assert data.histogram.tolist() == [2, 0, 0, 0]
    assert data.train.inputs.max() == -1.0


def test_a_table(tmp_path):
    (tmp_path / "t.csv").write_text("area,smooth,result\n3,1,ill\n5,1,well\n")
    labels = ("ill", "well", "unclear", "none")
    table = kit("t.csv", Scale((3.0, 0.0), (2.0, 1.0)), labels, label="result", validation=0.0)

    data = read_data(tmp_path, table, (2,), STREAMS)

    # (5 - 3) / 2 and (1 - 0) / 1.
    assert data.train.inputs[data.train.targets == 1].tolist() == [[1.0, 1.0]]
    with pytest.raises(UnreadableDataError, match=r"reads samples \[3\]"):
        read_data(tmp_path, table, (3,), STREAMS)


def test_a_test_set_comes_back(tmp_path):
    given = Examples(np.ones((3, *SHAPE), np.float32), np.array([0, 1, 3]), np.arange(3))

    write_test(tmp_path / "test.npz", given)

    assert read_test(tmp_path / "test.npz", SHAPE, CLASSES).targets.tolist() == [0, 1, 3]
    with pytest.raises(InvalidValuesError, match="test labels beyond 0 to 1"):
        read_test(tmp_path / "test.npz", SHAPE, 2)
