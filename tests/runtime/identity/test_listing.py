"""The file of the list of members is read strictly, and written by one at a time."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from fedkd.errors import DeployError, OutOfRangeError
from fedkd.runtime.identity.listing import checked_fingerprint, read_list, stamp, write_list, writing

ONE, TWO = "1" * 64, "2" * 64


def test_there_and_back(tmp_path):
    path = tmp_path / "members.json"

    write_list(path, {"b": (TWO, ONE), "a": ()})

    assert read_list(path) == (stamp(path), {"a": (), "b": (TWO, ONE)})
    assert json.loads(path.read_text()) == {"a": [], "b": [TWO, ONE]}


def test_a_list_of_the_same_size_and_time_has_another_stamp(tmp_path):
    path = tmp_path / "members.json"

    write_list(path, {"a": (ONE,)})
    os.utime(path, (1, 1))
    before = stamp(path)
    write_list(path, {"a": (TWO,)})
    os.utime(path, (1, 1))

    assert stamp(path)[:2] == before[:2]
    assert stamp(path) != before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "Expecting value"),
        ("[]", "no mapping"),
        ("null", "no mapping"),
        ('{"a": ["' + ONE + '"]', "Expecting"),
        ('{"A": []}', "'A' is no name"),
        ('{"a": "' + ONE + '"}', "the fingerprints of 'a'"),
        ('{"a": ["*"]}', "the fingerprints of 'a'"),
        ('{"a": ["' + ONE[1:] + '"]}', "the fingerprints of 'a'"),
        ('{"a": [null]}', "the fingerprints of 'a'"),
        ('{"a": null}', "the fingerprints of 'a'"),
        ('{"a": [], "a": ["' + ONE + '"]}', "a name stands there twice"),
        ("[" * 200_000, "recursion"),
        ("\xff", "decode"),
    ],
)
def test_a_damaged_list_is_told(tmp_path, content, words):
    path = tmp_path / "members.json"
    path.write_bytes(content.encode("latin-1"))

    with pytest.raises(DeployError, match=f"cannot be read .*{words}.*so nobody is let in") as caught:
        read_list(path)

    assert caught.value.code == 66


def test_a_missing_list_is_told(tmp_path):
    for read in (read_list, stamp):
        with pytest.raises(DeployError, match="No such file"):
            read(tmp_path / "members.json")


@pytest.mark.parametrize("text", ["", "1" * 63, "1" * 65, "A" * 64, "g" * 64, "1" * 64 + "\n", ":".join(["11"] * 32)])
def test_no_fingerprint(text):
    with pytest.raises(OutOfRangeError, match="is no SHA-256 fingerprint"):
        checked_fingerprint(text)


def test_nobody_writes_meanwhile(tmp_path):
    path = tmp_path / "members.json"

    with (
        writing(path),
        pytest.raises(DeployError, match=r"has been in use for 0\.05 s"),
        writing(path, patience_s=0.05),
    ):
        pytest.fail("two are writing")

    with writing(path, patience_s=0):
        pass


def test_a_writer_waits_for_its_turn(tmp_path):
    path = tmp_path / "count"
    path.write_text("0")

    def increase(_: int) -> None:
        with writing(path):
            path.write_text(str(int(path.read_text()) + 1))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(increase, range(40)))

    assert path.read_text() == "40"
