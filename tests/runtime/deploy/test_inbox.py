"""What sites said in the open round: whole or absent, and damage is noticed."""

from __future__ import annotations

import errno

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedkd import files
from fedkd.errors import DamagedRunError, DiskError
from fedkd.knowledge import Kind
from fedkd.runtime.deploy.inbox import Contribution, Inbox
from fedkd.wire.service.stream import Piece

SITES = ("site-00", "site-01")
PLAIN = Contribution((Piece(1, b"labels\n\x00\xff of a site"), Piece(4, b""), Piece(5, b"[1, 2]")))
TOLD = Contribution(PLAIN.pieces, {"accuracy": 0.5, "seconds": 12.25})

contributions = st.builds(
    Contribution,
    st.lists(st.builds(Piece, st.integers(0, 2**31 - 1), st.binary(max_size=40)), max_size=4).map(tuple),
    st.dictionaries(st.text(max_size=5), st.floats(allow_nan=False), max_size=3),
)


def spoilt(data):
    """Every truncation, every byte changed to every other, and something behind the end."""
    for place in range(len(data)):
        yield data[:place]
        for flip in range(1, 256):
            yield data[:place] + bytes([data[place] ^ flip]) + data[place + 1 :]
    yield data + b"\0"


def read_as(data):
    try:
        return Contribution.from_bytes(data)
    except (ValueError, KeyError, TypeError):
        return None


@given(contributions)
def test_bytes_and_back(said):
    assert Contribution.from_bytes(said.to_bytes()) == said


@given(contributions, contributions)
def test_equal_knowledge_has_an_equal_digest_and_no_other(one, other):
    assert (one.digest == other.digest) == (one.pieces == other.pieces)


def test_where_a_piece_ends_matters():
    joined = Contribution((Piece(1, b"ab"), Piece(1, b"c")))

    assert joined.digest != Contribution((Piece(1, b"a"), Piece(1, b"bc"))).digest
    assert joined.digest != Contribution((Piece(1, b"ab"), Piece(2, b"c"))).digest
    assert joined.digest != Contribution((Piece(1, b"ab1c"),)).digest


def test_damage_to_knowledge_is_noticed():
    for data in spoilt(PLAIN.to_bytes()):
        assert read_as(data) in (None, PLAIN)


def test_damage_to_figures_is_noticed():
    for data in spoilt(TOLD.to_bytes()):
        assert read_as(data) in (None, TOLD)


def test_damaged_files_are_damaged_runs(tmp_path):
    inbox = Inbox(tmp_path)
    inbox.put(1, SITES[0], PLAIN)
    path, whole = tmp_path / "round-00001" / SITES[0], PLAIN.to_bytes()
    assert path.read_bytes() == whole
    for place in range(len(whole)):
        for data in (whole[:place], whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]):
            path.write_bytes(data)
            with pytest.raises(DamagedRunError, match=f"{SITES[0]}' cannot be read"):
                inbox.read(1, SITES)

    # As the fix says.
    path.unlink()
    assert inbox.read(1, SITES) == {}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"[]\n",
        b"{}\n",
        b'{"pieces": 3, "figures": {}, "digest": ""}\n',
        b'{"pieces": [[1]], "figures": {}, "digest": ""}\n',
        b'{"pieces": [["x", 1]], "figures": {}, "digest": ""}\na',
        b'{"pieces": [[1, -1]], "figures": {}, "digest": ""}\na',
        b'{"pieces": [[1, 1.0]], "figures": {}, "digest": ""}\na',
    ],
)
def test_files_of_other_content_are_damaged_runs(data, tmp_path):
    (tmp_path / "round-00001").mkdir()
    (tmp_path / "round-00001" / SITES[1]).write_bytes(data)

    with pytest.raises(DamagedRunError, match="cannot be read"):
        Inbox(tmp_path).read(1, SITES)


def test_each_round_and_each_site_has_its_own(tmp_path):
    inbox = Inbox(tmp_path / "deep" / "inbox")
    assert inbox.read(1, SITES) == {}
    assert inbox.answered(1) == {}

    inbox.put(1, SITES[1], PLAIN)
    inbox.put(1, SITES[0], TOLD)
    inbox.put(2, SITES[1], TOLD)
    inbox.note_answered(2, SITES[1], {})
    inbox.note_answered(2, SITES[0], {})
    inbox.note_answered(2, SITES[0], {})

    again = Inbox(tmp_path / "deep" / "inbox")
    assert again.read(1, SITES) == {SITES[0]: TOLD, SITES[1]: PLAIN}
    assert again.read(2, SITES) == {SITES[1]: TOLD}
    assert again.read(1, SITES[:1]) == {SITES[0]: TOLD}
    assert again.answered(1) == {}
    assert list(again.answered(2)) == list(SITES)


def test_dropping_a_round_drops_older_ones_and_keeps_the_next(tmp_path):
    inbox = Inbox(tmp_path)
    for round_ in (8, 9, 10, 11):
        inbox.put(round_, SITES[0], PLAIN)
        inbox.note_answered(round_, SITES[1], {})

    inbox.drop(10)

    assert [path.name for path in tmp_path.iterdir()] == ["round-00011"]
    assert inbox.read(11, SITES) == {SITES[0]: PLAIN}
    assert inbox.answered(11) == {SITES[1]: {}}
    assert inbox.read(10, SITES) == {}
    inbox.drop(10)


def test_what_a_crash_left_is_ignored(tmp_path):
    inbox, place = Inbox(tmp_path), tmp_path / "round-00001"
    inbox.put(1, SITES[0], PLAIN)
    (place / f"{SITES[1]}.partial").write_bytes(PLAIN.to_bytes()[:9])
    (place / f"{SITES[1]}.answered.partial").write_bytes(b"")

    assert inbox.read(1, SITES) == {SITES[0]: PLAIN}
    assert inbox.answered(1) == {}
    # And in nobody's way.
    inbox.put(1, SITES[1], TOLD)
    inbox.note_answered(1, SITES[1], {})
    assert inbox.read(1, SITES) == {SITES[0]: PLAIN, SITES[1]: TOLD}
    assert inbox.answered(1) == {SITES[1]: {}}


def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_on_a_full_disk_nothing_new_is_kept_and_the_old_stays(moment, tmp_path, monkeypatch):
    inbox = Inbox(tmp_path)
    inbox.put(1, SITES[0], PLAIN)
    with monkeypatch.context() as patch:
        if moment == "fsync":
            patch.setattr(files.os, "fsync", full)
        else:
            patch.setattr(files.Path, "replace", full)
        for site in SITES:
            with pytest.raises(DiskError, match="the disk is full"):
                inbox.put(1, site, TOLD)
            with pytest.raises(DiskError, match="the disk is full"):
                inbox.note_answered(1, site, {})

    assert inbox.read(1, SITES) == {SITES[0]: PLAIN}
    assert inbox.answered(1) == {}
    assert [path.name for path in (tmp_path / "round-00001").iterdir()] == [SITES[0]]
    inbox.put(1, SITES[1], TOLD)
    assert inbox.read(1, SITES)[SITES[1]] == TOLD


def test_a_file_in_the_way_is_a_disk_error(tmp_path):
    (tmp_path / "round-00001").write_bytes(b"")

    for call in (
        lambda: Inbox(tmp_path).put(1, SITES[0], PLAIN),
        lambda: Inbox(tmp_path).note_answered(1, SITES[0], {}),
    ):
        with pytest.raises(DiskError, match="round-00001"):
            call()


def test_what_a_site_held_when_it_was_answered_is_kept(tmp_path):
    inbox = Inbox(tmp_path)
    inbox.note_answered(3, SITES[0], {Kind.PROBS: 7, Kind.WEIGHTS: 2**32 - 1})

    assert inbox.answered(3) == {SITES[0]: {Kind.PROBS: 7, Kind.WEIGHTS: 2**32 - 1}}


@pytest.mark.parametrize("content", [b"", b"[]", b'{"probs": "x"}', b'{"whispers": 1}'])
def test_damage_to_what_it_held_is_told(content, tmp_path):
    inbox = Inbox(tmp_path)
    inbox.note_answered(1, SITES[0], {})
    next(inbox.folder.rglob("*.answered")).write_bytes(content)

    with pytest.raises(DamagedRunError, match="cannot be read"):
        inbox.answered(1)
