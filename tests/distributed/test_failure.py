"""An error that is left in a file is found as it was."""

from __future__ import annotations

import pytest

from fedkd import errors
from fedkd.distributed.failure import find, forget, leave
from fedkd.errors import DiskError, FedkdError, RoundFailedError

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, FedkdError)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_found_as_it_was_left(kind, tmp_path):
    leave(tmp_path, kind("'x' holds\nno run", "begin — one"))

    found = find(tmp_path)

    assert type(found) is kind
    assert (found.what, found.fix, str(found)) == ("'x' holds\nno run", "begin — one", "'x' holds no run; begin — one.")


def test_there_is_none_until_one_is_left(tmp_path):
    assert find(tmp_path) is None
    assert find(tmp_path / "nowhere") is None
    forget(tmp_path)


def test_what_was_forgotten_is_gone(tmp_path):
    leave(tmp_path, DiskError("the disk is full", "free some space"))
    forget(tmp_path)

    assert find(tmp_path) is None


def test_the_last_one_counts(tmp_path):
    leave(tmp_path, DiskError("the disk is full", "free some space"))
    leave(tmp_path, RoundFailedError("2 of 3 nodes did not answer", "raise runtime.round_s"))

    assert isinstance(find(tmp_path), RoundFailedError)


@pytest.mark.parametrize("text", ["", "{", "3", "null", "[]", "[54]", '[54, "a", "b", "c"]'])
def test_a_file_of_another_kind_is_none(text, tmp_path):
    leave(tmp_path, DiskError("the disk is full", "free some space"))
    (path,) = tmp_path.iterdir()
    path.write_text(text)

    assert find(tmp_path) is None


def test_an_error_of_another_version_is_one_of_ours(tmp_path):
    leave(tmp_path, DiskError("the disk is full", "free some space"))
    (path,) = tmp_path.iterdir()
    path.write_text('[999, "the moon is full", "wait"]')

    found = find(tmp_path)

    assert (type(found), str(found)) == (FedkdError, "the moon is full; wait.")
