"""Checkpoints come back bit for bit, or are refused."""

from __future__ import annotations

import errno
import os

import numpy as np
import pytest

from fedkd.errors import DamagedRunError, DiskError
from fedkd.record.checkpoint import Checkpoint, checkpoints, newest, read_checkpoint, write_checkpoint

ARRAYS = {
    "site::a|weight|w": np.float32([[1 / 3, np.nan], [-0.0, np.inf]]),
    'server::{"family":"mlp"}|spec|': np.frombuffer(b"{}", np.uint8),
    "seen": np.array(7),
    "nothing": np.zeros((0, 3), np.float16),
    "turned": np.arange(6).reshape(2, 3).T,
}


def checkpoint(round_: int = 3) -> Checkpoint:
    return Checkpoint(round_, dict(ARRAYS), {"metrics": 120, "events": 0}, {"train_cpu_s": 0.1 + 0.2})


def test_everything_comes_back(tmp_path):
    write_checkpoint(tmp_path, checkpoint())

    back = newest(tmp_path)

    assert (back.round_, back.lengths, back.totals) == (3, {"metrics": 120, "events": 0}, {"train_cpu_s": 0.1 + 0.2})
    assert back.arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(back.arrays[name], array, strict=True)


def test_arrays_come_back_in_their_order(tmp_path):
    # The length of a compressed message depends on it, so a resumed run would differ from an undisturbed one.
    write_checkpoint(tmp_path, checkpoint())

    assert list(newest(tmp_path).arrays) == list(ARRAYS)


def test_equal_states_are_equal_files(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()

    write_checkpoint(tmp_path / "one", checkpoint())
    write_checkpoint(tmp_path / "other", checkpoint())

    one, other = (checkpoints(tmp_path / name)[0].read_bytes() for name in ("one", "other"))
    assert one == other


def test_the_newest_round_is_picked_by_number(tmp_path):
    for round_ in (2, 10, 9):
        write_checkpoint(tmp_path, checkpoint(round_))

    assert newest(tmp_path).round_ == 10


def test_two_are_kept(tmp_path):
    for round_ in range(1, 6):
        write_checkpoint(tmp_path, checkpoint(round_))

    assert [read_checkpoint(path).round_ for path in checkpoints(tmp_path)] == [4, 5]


def test_a_folder_without_checkpoints_has_no_newest(tmp_path):
    (tmp_path / "round-00001.safetensors.partial").write_bytes(b"half")

    assert newest(tmp_path) is None


def test_a_full_disk_keeps_the_older_ones(tmp_path, monkeypatch):
    write_checkpoint(tmp_path, checkpoint(1))
    write_checkpoint(tmp_path, checkpoint(2))

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskError, match="the disk is full"):
        write_checkpoint(tmp_path, checkpoint(3))

    assert [read_checkpoint(path).round_ for path in checkpoints(tmp_path)] == [1, 2]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: data[:-1], id="last byte gone"),
        pytest.param(lambda data: data[: len(data) // 2], id="half"),
        pytest.param(lambda data: data[:4], id="length cut"),
        pytest.param(lambda data: b"\xff" * 8 + data[8:], id="length enormous"),
        pytest.param(lambda data: data.replace(b'"fedkd"', b'"other"'), id="not ours"),
        pytest.param(lambda data: data.replace(b'\\"round\\"', b'\\"sound\\"'), id="no round"),
        pytest.param(lambda data: data[:-1] + bytes((data[-1] ^ 1,)), id="one bit of an array"),
        pytest.param(lambda data: data.replace(b'\\"metrics\\": 120', b'\\"metrics\\": 121'), id="one digit"),
        pytest.param(lambda data: b"PK\x03\x04 some zip", id="another format"),
    ],
)
def test_a_damaged_file_is_refused_with_its_name(tmp_path, damage):
    write_checkpoint(tmp_path, checkpoint())
    path = checkpoints(tmp_path)[0]
    path.write_bytes(damage(path.read_bytes()))

    with pytest.raises(DamagedRunError, match=r"round-00003\.safetensors' cannot be read.*delete it") as caught:
        newest(tmp_path)

    assert caught.value.code == 53
