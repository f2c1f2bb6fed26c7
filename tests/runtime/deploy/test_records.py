"""Files of records: whole or absent, damage is noticed, and what a crash left is written over."""

from __future__ import annotations

import errno

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedkd.errors import DamagedRunError, DiskError
from fedkd.runtime.deploy import records as module
from fedkd.runtime.deploy.records import Record, Records

ONE = Record({"site": "a"}, (b"labels\n\x00\xff of a site", b""))
OTHER = Record({"site": "b", "figures": {"accuracy": 0.5}})

some = st.lists(
    st.builds(
        Record,
        st.dictionaries(st.text(max_size=5), st.integers() | st.floats(allow_nan=False), max_size=3),
        st.lists(st.binary(max_size=40), max_size=3).map(tuple),
    ),
    max_size=4,
)


def kept(folder):
    return Records(folder / "x").read()


@given(some)
def test_what_is_kept_is_read(tmp_path_factory, said):
    folder = tmp_path_factory.mktemp("records")
    file = Records(folder / "x")
    for record in said:
        file.append([record], anew=False)

    assert kept(folder) == said
    file.append(said, anew=False)
    assert kept(folder) == [*said, *said]
    file.append(said, anew=True)
    assert kept(folder) == said


def test_nothing_is_kept_where_nothing_was_said(tmp_path):
    assert kept(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_every_byte_that_is_damaged_is_noticed(tmp_path):
    Records(tmp_path / "x").append([ONE, OTHER], anew=False)
    whole = (tmp_path / "x").read_bytes()

    for place in range(len(whole)):
        for flip in (1, 16, 255):
            (tmp_path / "x").write_bytes(whole[:place] + bytes([whole[place] ^ flip]) + whole[place + 1 :])
            with pytest.raises(DamagedRunError, match="x' cannot be read"):
                kept(tmp_path)


def test_an_end_that_a_crash_left_was_never_promised(tmp_path):
    Records(tmp_path / "x").append([ONE], anew=False)
    first = (tmp_path / "x").stat().st_size
    Records(tmp_path / "x").append([OTHER], anew=False)
    whole = (tmp_path / "x").read_bytes()

    for end in range(first, len(whole)):
        (tmp_path / "x").write_bytes(whole[:end])
        assert kept(tmp_path) == [ONE]
        # Whoever goes on writes over it.
        Records(tmp_path / "x").append([OTHER], anew=False)
        assert kept(tmp_path) == [ONE, OTHER]


def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_on_a_full_disk_nothing_new_is_kept_and_the_old_stays(tmp_path, monkeypatch):
    file = Records(tmp_path / "x")
    file.append([ONE], anew=False)
    with monkeypatch.context() as patch:
        patch.setattr(module.os, "fdatasync", full)
        with pytest.raises(DiskError, match="the disk is full"):
            file.append([OTHER], anew=False)

    assert kept(tmp_path) == [ONE]
    file.append([OTHER], anew=False)
    assert kept(tmp_path) == [ONE, OTHER]


def test_what_is_kept_is_on_the_disk_before_it_is_said_so(tmp_path, monkeypatch):
    synced, fsync, fdatasync = [], module.os.fsync, module.os.fdatasync
    monkeypatch.setattr(module.os, "fsync", lambda file: synced.append("name") or fsync(file))
    monkeypatch.setattr(module.os, "fdatasync", lambda file: synced.append("content") or fdatasync(file))
    file = Records(tmp_path / "x")

    file.append([ONE, OTHER], anew=False)
    assert synced == ["name", "content"]
    file.append([ONE, OTHER, ONE], anew=False)
    assert synced == ["name", "content", "content"]


def test_a_file_in_the_way_is_a_disk_error(tmp_path):
    (tmp_path / "folder").write_bytes(b"")

    with pytest.raises(DiskError, match="x' cannot be written"):
        Records(tmp_path / "folder" / "x").append([ONE], anew=True)
