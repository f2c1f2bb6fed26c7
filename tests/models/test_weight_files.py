"""Files of weights: whole, damaged, half written."""

import errno
import os

import numpy as np
import pytest

from fedkd.errors import DamagedRunError, DiskError
from fedkd.models.weight_files import load_weights, save_weights
from fedkd.models.weights import to_arrays

from .cases import CASES, network

CASE = "irnet-batch"
SPEC = CASES[CASE][0]


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "model.safetensors"
    save_weights(path, to_arrays(network(CASE)), SPEC)
    return path


def test_a_file_comes_back_whole(saved):
    spec, arrays = load_weights(saved)
    assert spec == SPEC
    expected = to_arrays(network(CASE))
    assert arrays.keys() == expected.keys()
    for name, array in expected.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)
    assert [entry.name for entry in saved.parent.iterdir()] == [saved.name]


def test_equal_weights_make_equal_files(saved):
    before = saved.read_bytes()
    save_weights(saved, to_arrays(network(CASE)), SPEC)
    assert saved.read_bytes() == before


@pytest.mark.parametrize("keep", [0, 5, 100, -1])
def test_truncated_files_are_refused(saved, keep):
    saved.write_bytes(saved.read_bytes()[:keep])
    with pytest.raises(DamagedRunError, match="cannot be read"):
        load_weights(saved)


def test_missing_foreign_and_altered_files_are_refused(saved):
    with pytest.raises(DamagedRunError, match="cannot be read"):
        load_weights(saved.with_name("other"))
    content = bytearray(saved.read_bytes())
    content[-1] ^= 1
    saved.write_bytes(content)
    with pytest.raises(DamagedRunError, match="not those that were written"):
        load_weights(saved)
    saved.write_bytes(content.replace(b"fedkd", b"other"))
    with pytest.raises(DamagedRunError, match="cannot be read"):
        load_weights(saved)


def test_a_failed_write_leaves_the_old_file(saved, monkeypatch):
    before = saved.read_bytes()

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskError, match="full"):
        save_weights(saved, to_arrays(network(CASE, 1)), SPEC)
    assert saved.read_bytes() == before
    assert [entry.name for entry in saved.parent.iterdir()] == [saved.name]


def test_a_missing_folder_is_a_disk_error(tmp_path):
    with pytest.raises(DiskError):
        save_weights(tmp_path / "no" / "model", {}, SPEC)
