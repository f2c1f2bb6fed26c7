"""Files are whole or absent, and the disk's troubles are told in words."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from fedkd.errors import DiskError
from fedkd.files import disk_errors, write_whole


def fail(code: int):
    def failing(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    return failing


def test_a_file_is_written_and_replaced(tmp_path):
    path = tmp_path / "summary.json"

    write_whole(path, b"old")
    write_whole(path, b"new")

    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "summary.json"
    write_whole(path, b"old")
    monkeypatch.setattr(os, "fsync", fail(errno.ENOSPC))

    with pytest.raises(DiskError, match=r"summary\.json' cannot be written because the disk is full"):
        write_whole(path, b"new")

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_rename_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "summary.json"
    write_whole(path, b"old")
    monkeypatch.setattr(Path, "replace", fail(errno.EDQUOT))

    with pytest.raises(DiskError, match="quota"):
        write_whole(path, b"new")

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_new_content_is_on_the_disk_before_it_takes_the_name(tmp_path, monkeypatch):
    path, order = tmp_path / "file", []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: (order.append("fsync"), fsync(descriptor))[1])
    monkeypatch.setattr(Path, "replace", lambda *names: (order.append("replace"), replace(*names))[1])

    write_whole(path, b"new")

    assert order == ["fsync", "replace"]


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EACCES, "permission is denied"),
        (errno.EROFS, "the file system is read-only"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_each_cause_is_told(tmp_path, code, cause):
    with pytest.raises(DiskError, match=cause) as caught, disk_errors(tmp_path / "file"):
        fail(code)()

    assert caught.value.code == 54
    assert isinstance(caught.value.__cause__, OSError)


def test_a_place_below_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(DiskError, match="a part of the path is a file"):
        write_whole(tmp_path / "file" / "inside", b"data")
