"""IDX files of MNIST and its relatives."""

from __future__ import annotations

import gzip
import os
import struct
from pathlib import Path

import numpy as np
import pytest

from fedkd.data.sources import IdxFolder
from fedkd.errors import InvalidValuesError, OutOfRangeError, UnreadableDataError

DEBIAN = Path("/usr/share/datasets/fashion-mnist")


def test_packed_and_plain_files(idx_folder, digits):
    images, labels = digits

    corpus = IdxFolder(str(idx_folder), "toy", mean=(0.0,), std=(1.0,)).load()

    assert corpus.name == "toy"
    assert corpus.classes == 3
    np.testing.assert_allclose(corpus.train.inputs, images[:, None] / np.float32(255), rtol=1e-6)
    np.testing.assert_array_equal(corpus.train.targets, labels)
    assert corpus.test is not None
    assert corpus.test.inputs.shape == (3, 1, 4, 3)
    assert IdxFolder(str(idx_folder), "toy", test=None).load().test is None


def test_emnist_is_transposed_and_its_letters_start_at_one(idx_folder, digits):
    images, labels = digits
    for old in sorted(idx_folder.iterdir()):
        old.rename(
            idx_folder / old.name.replace("t10k", "emnist-letters-test").replace("train", "emnist-letters-train")
        )
    content = bytes((0, 0, 8, 1)) + struct.pack(">I", 12) + (labels + 1).tobytes()
    (idx_folder / "emnist-letters-train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(content))
    letters = IdxFolder(
        str(idx_folder),
        "letters",
        "emnist-letters-train",
        None,
        transpose=True,
        first_label=1,
        mean=(0.0,),
        std=(1.0,),
    )

    corpus = letters.load()

    np.testing.assert_allclose(corpus.train.inputs[5, 0], images[5].T / np.float32(255), rtol=1e-6)
    np.testing.assert_array_equal(corpus.train.targets, labels)


def test_labels_below_the_first_are_refused(idx_folder):
    with pytest.raises(InvalidValuesError, match="labels from -1"):
        IdxFolder(str(idx_folder), "toy", first_label=1).load()


def test_a_header_that_declares_too_much_is_refused_without_reading(idx_folder):
    file = idx_folder / "train-images-idx3-ubyte.gz"
    for shape, message in (
        ((60000, 28, 28), "declares 47040000 bytes"),
        ((2**32 - 1,) * 3, "more than the limit"),
    ):
        file.write_bytes(gzip.compress(bytes((0, 0, 8, 3)) + struct.pack(">3I", *shape) + b"\x00" * 100))
        with pytest.raises(UnreadableDataError, match=message):
            IdxFolder(str(idx_folder), "toy").load()


def test_too_long_files_and_wrong_axes_are_refused(idx_folder):
    plain = idx_folder / "t10k-labels-idx1-ubyte"
    plain.write_bytes(plain.read_bytes() + b"\x00")
    with pytest.raises(UnreadableDataError, match="holds more"):
        IdxFolder(str(idx_folder), "toy").load()
    plain.write_bytes((idx_folder / "t10k-images-idx3-ubyte").read_bytes())
    with pytest.raises(UnreadableDataError, match="is not an IDX file"):
        IdxFolder(str(idx_folder), "toy", train="t10k").load()


def test_images_and_labels_must_be_as_many(idx_folder):
    (idx_folder / "train-labels-idx1-ubyte.gz").unlink()
    os.replace(idx_folder / "t10k-labels-idx1-ubyte", idx_folder / "train-labels-idx1-ubyte")
    with pytest.raises(InvalidValuesError, match="12 images and 3 labels"):
        IdxFolder(str(idx_folder), "toy").load()


def test_missing_folder_and_senseless_scale():
    with pytest.raises(UnreadableDataError, match="no folder /nowhere"):
        IdxFolder("/nowhere", "toy").load()
    with pytest.raises(OutOfRangeError, match=r"source\.std"):
        IdxFolder("/nowhere", "toy", std=(0.0,))


@pytest.mark.skipif(not DEBIAN.is_dir(), reason="Debian's dataset-fashion-mnist is not installed")
def test_debians_fashion_mnist():
    corpus = IdxFolder(str(DEBIAN), "Fashion-MNIST", mean=(0.2860,), std=(0.3530,)).load()

    assert np.bincount(corpus.train.targets).tolist() == [6000] * 10
    assert corpus.test is not None
    assert np.bincount(corpus.test.targets).tolist() == [1000] * 10
    assert corpus.train.inputs.mean() == pytest.approx(0, abs=1e-2)
    assert corpus.train.inputs.std() == pytest.approx(1, abs=1e-2)


def test_classes_may_be_agreed(idx_folder):
    assert IdxFolder(str(idx_folder), "toy", classes=7).load().classes == 7
    with pytest.raises(InvalidValuesError, match="but 2 classes"):
        IdxFolder(str(idx_folder), "toy", classes=2).load()
