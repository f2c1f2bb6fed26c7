"""Both publications of CIFAR; the serialised one is never executed."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from fedkd.data.sources import CifarBinary, CifarPython
from fedkd.errors import InvalidValuesError, OutOfRangeError, UnreadableDataError


class Hostile:
    """Would write a file if anybody executed it."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def pixel(byte, mean, std):
    return (byte / 255 - mean) / std


def test_cifar10_as_python_2_wrote_it(cifar_folder, cifar_rows):
    rows, labels = cifar_rows

    corpus = CifarPython(str(cifar_folder), "labels").load()

    assert corpus.train.inputs.shape == (20, 3, 32, 32)
    assert corpus.train.targets.tolist() == labels * 5
    assert corpus.test is not None
    assert corpus.test.targets.tolist() == labels
    assert corpus.classes == 10
    # Row 1, green plane (1024 bytes in), line 2, column 3.
    expected = pixel(int(rows[1, 1024 + 2 * 32 + 3]), 0.4822, 0.2435)
    assert corpus.train.inputs[1, 1, 2, 3] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("labels", "classes"), [("fine_labels", 100), ("coarse_labels", 20)])
def test_cifar100_in_protocol_2_of_python_3(labels, classes, cifar_rows, tmp_path):
    rows, _ = cifar_rows
    batch = {
        "data": rows,
        "fine_labels": [99, 0, 40, 1],
        "coarse_labels": [19, 0, 4, 1],
        "filenames": ["a", "b"],
    }
    for name in ("train", "test"):
        (tmp_path / name).write_bytes(pickle.dumps(batch, protocol=2))

    corpus = CifarPython(str(tmp_path), labels).load()

    assert corpus.classes == classes
    assert corpus.train.targets.tolist() == batch[labels]
    assert corpus.train.inputs[0, 0, 0, 0] == pytest.approx(pixel(int(rows[0, 0]), 0.5071, 0.2673), rel=1e-5)


def test_arrays_stored_column_by_column(cifar_rows, tmp_path):
    rows, labels = cifar_rows
    content = pickle.dumps({"data": np.asfortranarray(rows), "fine_labels": labels}, protocol=2)
    for name in ("train", "test"):
        (tmp_path / name).write_bytes(content)
    corpus = CifarPython(str(tmp_path), "fine_labels").load()
    np.testing.assert_allclose(corpus.train.inputs[2, 0, 0, 1], pixel(int(rows[2, 1]), 0.5071, 0.2673), rtol=1e-5)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_hostile_files_are_refused_and_not_executed(protocol, cifar_folder, tmp_path):
    trap = tmp_path / "trap"
    hostile = pickle.dumps({"data": Hostile(trap)}, protocol=protocol)
    (cifar_folder / "data_batch_1").write_bytes(hostile)

    with pytest.raises(UnreadableDataError, match="data_batch_1 is not an intact batch"):
        CifarPython(str(cifar_folder), "labels").load()

    assert not trap.exists()


def test_a_deep_key_does_not_overflow_the_stack(cifar_folder):
    deep = b"\x80\x02}(K\x01" + b"\x85" * 200_000 + b"K\x01u."
    (cifar_folder / "data_batch_1").write_bytes(deep)
    with pytest.raises(UnreadableDataError, match="a key that is not a string"):
        CifarPython(str(cifar_folder), "labels").load()


ROWS = np.zeros((2, 3072), np.uint8)


@pytest.mark.parametrize(
    ("batch", "error", "message"),
    [
        ({"labels": [1, 2], "filenames": []}, UnreadableDataError, "lacks data or labels"),
        ({"data": ROWS, "filenames": []}, UnreadableDataError, "lacks data or labels"),
        ({"data": ROWS, "labels": [1, 2, 3]}, InvalidValuesError, "3 labels"),
        ({"data": ROWS[:, 1:], "labels": [1, 2]}, InvalidValuesError, "3072 bytes a label"),
        ({"data": ROWS, "labels": ["1", "2"]}, InvalidValuesError, "3072 bytes a label"),
        ({"data": ROWS, "labels": [1, 10]}, InvalidValuesError, "labels from 0 to 10"),
        ({"data": ROWS / 2, "labels": [1, 2]}, UnreadableDataError, "a call of numpy dtype"),
        ({"data": [ROWS, ROWS], "labels": [1, 2]}, UnreadableDataError, "lacks data or labels"),
        ([1, 2], UnreadableDataError, "not an intact batch"),
    ],
)
def test_batches_with_something_else_inside(batch, error, message, cifar_folder):
    (cifar_folder / "data_batch_1").write_bytes(pickle.dumps(batch, protocol=2))
    with pytest.raises(error, match=message):
        CifarPython(str(cifar_folder), "labels").load()


def test_kind_of_labels_must_be_known():
    for source in (CifarPython, CifarBinary):
        with pytest.raises(OutOfRangeError, match=r"source\.labels"):
            source("somewhere", "names")


def test_binary_cifar10(cifar_rows, tmp_path):
    rows, labels = cifar_rows
    content = np.hstack([np.array(labels, np.uint8)[:, None], rows]).tobytes()
    for name in (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"):
        (tmp_path / f"{name}.bin").write_bytes(content)

    corpus = CifarBinary(str(tmp_path), "labels").load()

    assert corpus.train.targets.tolist() == labels * 5
    expected = pixel(int(rows[1, 1024 + 2 * 32 + 3]), 0.4822, 0.2435)
    assert corpus.train.inputs[1, 1, 2, 3] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("labels", "column"), [("coarse_labels", 0), ("fine_labels", 1)])
def test_binary_cifar100(labels, column, cifar_rows, tmp_path):
    rows, _ = cifar_rows
    heads = np.array([[19, 99], [0, 0], [3, 55], [1, 7]], np.uint8)
    for name in ("train", "test"):
        (tmp_path / f"{name}.bin").write_bytes(np.hstack([heads, rows]).tobytes())
    corpus = CifarBinary(str(tmp_path), labels).load()
    assert corpus.train.targets.tolist() == heads[:, column].tolist()


def test_binary_files_of_another_length_are_refused(tmp_path):
    (tmp_path / "train.bin").write_bytes(b"\x00" * 3075)
    with pytest.raises(UnreadableDataError, match=r"train\.bin has 3075 bytes"):
        CifarBinary(str(tmp_path), "fine_labels").load()
    with pytest.raises(UnreadableDataError, match="no file"):
        CifarBinary(str(tmp_path), "labels").load()
