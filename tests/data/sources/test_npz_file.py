"""Arrays in .npz files."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest

from fedkd.data.sources import NpzFile
from fedkd.errors import InvalidValuesError, OutOfRangeError, UnreadableDataError


def write(path, **arrays):
    np.savez(path, **arrays)
    return str(path)


def test_images_test_set_and_owners(npz_file, digits):
    images, labels = digits

    corpus = NpzFile(str(npz_file), "toy", "NHW", mean=(0.0,), std=(1.0,)).load()

    np.testing.assert_allclose(corpus.train.inputs, images[:, None] / np.float32(255), rtol=1e-6)
    np.testing.assert_array_equal(corpus.train.targets, labels)
    assert corpus.owners is not None
    np.testing.assert_array_equal(corpus.owners, labels // 2)
    assert corpus.test is not None
    assert len(corpus.test) == 3


@pytest.mark.parametrize("layout", ["NHWC", "NCHW"])
def test_both_orders_of_channels(layout, tmp_path):
    images = np.arange(4 * 3 * 5 * 5).reshape(4, 3, 5, 5).astype(np.uint8)
    stored = images if layout == "NCHW" else images.transpose(0, 2, 3, 1)
    path = write(tmp_path / "a.npz", x_train=stored, y_train=np.array([0, 1, 0, 1]))

    corpus = NpzFile(path, "toy", layout, mean=(0.0,), std=(1.0,)).load()

    np.testing.assert_allclose(corpus.train.inputs, images / np.float32(255), rtol=1e-6)
    assert corpus.test is None
    assert corpus.owners is None


@pytest.mark.parametrize(("layout", "shape"), [("NF", (4, 6)), ("NFT", (4, 6, 8))])
def test_tables_and_windows_are_taken_as_they_are(layout, shape, tmp_path, rng):
    inputs = rng.normal(100, 30, shape)
    path = write(tmp_path / "a.npz", x_train=inputs, y_train=np.array([0, 1, 0, 1]))
    corpus = NpzFile(path, "toy", layout).load()
    np.testing.assert_array_equal(corpus.train.inputs, inputs.astype(np.float32))


IMAGES, LABELS = np.zeros((4, 5, 5), np.uint8), np.array([0, 1, 0, 1])


@pytest.mark.parametrize(
    ("arrays", "layout", "error", "message"),
    [
        ({"x_train": IMAGES}, "NHW", UnreadableDataError, "no array y_train"),
        ({"x_train": IMAGES, "y_train": np.array([{}] * 4)}, "NHW", UnreadableDataError, "Object arrays"),
        ({"x_train": IMAGES, "y_train": LABELS}, "NHWC", InvalidValuesError, "not layout NHWC"),
        ({"x_train": IMAGES, "y_train": LABELS}, "NF", InvalidValuesError, "not layout NF"),
        ({"x_train": IMAGES / 255, "y_train": LABELS}, "NHW", InvalidValuesError, "uint8"),
        ({"x_train": IMAGES, "y_train": LABELS / 2}, "NHW", InvalidValuesError, "integer labels"),
        ({"x_train": IMAGES, "y_train": LABELS[:3]}, "NHW", InvalidValuesError, r"labels of shape \(3,\)"),
        ({"x_train": IMAGES, "y_train": LABELS[:0]}, "NHW", InvalidValuesError, "integer labels"),
        ({"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES}, "NHW", InvalidValuesError, "only one of"),
        (
            {"x_train": IMAGES, "y_train": LABELS, "owner": LABELS / 2},
            "NHW",
            InvalidValuesError,
            "owners of type",
        ),
        ({"x_train": np.full((4, 2), np.nan), "y_train": LABELS}, "NF", InvalidValuesError, "NaN"),
        ({"x_train": np.array(["a"] * 8).reshape(4, 2), "y_train": LABELS}, "NF", InvalidValuesError, "<U1"),
    ],
)
def test_bad_arrays(arrays, layout, error, message, tmp_path):
    path = write(tmp_path / "a.npz", **arrays)
    with pytest.raises(error, match=message):
        NpzFile(path, "toy", layout).load()


def test_headers_that_lie_and_entries_that_are_no_arrays(tmp_path):
    path = tmp_path / "a.npz"
    good = write(path, x_train=IMAGES, y_train=LABELS)
    with zipfile.ZipFile(good) as archive:
        images, labels = (archive.read(name) for name in ("x_train.npy", "y_train.npy"))
    # A longer shape takes the place of padding, so the header keeps its length.
    lying = images.replace(b"'shape': (4, 5, 5), }            ", b"'shape': (4000000000000, 5, 5), }")
    assert len(lying) == len(images)
    for content in (lying, b"no array"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("x_train.npy", content)
            archive.writestr("y_train.npy", labels)
        with pytest.raises(UnreadableDataError, match=r"a\.npz"):
            NpzFile(str(path), "toy", "NHW").load()


def test_layout_and_scale_must_make_sense():
    with pytest.raises(OutOfRangeError, match=r"source\.layout"):
        NpzFile("a.npz", "toy", "HWN")
    with pytest.raises(OutOfRangeError, match="2 means and 1 stds"):
        NpzFile("a.npz", "toy", "NHW", mean=(0.1, 0.2), std=(1.0,))


def test_the_shared_mnist(shared_file):
    path = shared_file("mnist.npz")
    corpus = NpzFile(str(path), "MNIST", "NHW", mean=(0.1307,), std=(0.3081,)).load()
    assert corpus.train.inputs.shape == (60000, 1, 28, 28)
    assert np.bincount(corpus.train.targets)[:3].tolist() == [5923, 6742, 5958]
    assert abs(float(corpus.train.inputs[::10].mean())) < 0.02


def test_the_shared_cifar10(shared_file):
    path = shared_file("cifar10-12k.npz")
    corpus = NpzFile(str(path), "CIFAR-10", "NHWC").load()
    assert corpus.train.inputs.shape == (10000, 3, 32, 32)
    assert corpus.test is not None
    assert len(corpus.test) == 2000
