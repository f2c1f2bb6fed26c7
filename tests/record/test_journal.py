"""Journals grow, know their length, and can be cut back."""

from __future__ import annotations

import errno
import json
import os

import pytest

from fedkd.errors import DamagedRunError, DiskError
from fedkd.record import read_metrics
from fedkd.record.journal import Events, Journal, Table


def test_a_journal_knows_its_length_in_bytes(tmp_path):
    journal = Journal(tmp_path / "log")

    journal.append("ä\n")

    assert journal.size() == 3


def test_a_journal_is_cut_back_and_goes_on_from_there(tmp_path):
    journal = Journal(tmp_path / "log")
    journal.append("one\n")
    length = journal.size()
    journal.append("two\n")

    journal.cut(length)
    journal.append("three\n")

    assert journal.path.read_text() == "one\nthree\n"


def test_a_journal_shorter_than_its_checkpoint_is_damaged(tmp_path):
    journal = Journal(tmp_path / "log")
    journal.append("one\n")

    with pytest.raises(DamagedRunError, match="shorter than its checkpoint says"):
        journal.cut(5)

    assert journal.path.read_text() == "one\n"


def test_a_journal_that_exists_is_kept(tmp_path):
    Journal(tmp_path / "log").append("one\n")

    Journal(tmp_path / "log").append("two\n")

    assert (tmp_path / "log").read_text() == "one\ntwo\n"


def test_a_full_disk_is_told_in_words(tmp_path, monkeypatch):
    journal = Journal(tmp_path / "log")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskError, match="the disk is full"):
        journal.append("one\n")


def test_a_table_has_one_header_and_reads_back_the_same_bits(tmp_path):
    table = Table(tmp_path / "metrics.csv")
    third = 1 / 3

    table.append_rows([{"site": "a", "accuracy": third, "student": None}])
    table.append_rows([{"site": "b", "accuracy": 1e-17, "student": 0.5}])

    rows = read_metrics(tmp_path)
    assert [row["site"] for row in rows] == ["a", "b"]
    assert [float(row["accuracy"]) for row in rows] == [third, 1e-17]
    assert [row["student"] for row in rows] == ["", "0.5"]


def test_a_table_cut_to_nothing_gets_its_header_again(tmp_path):
    table = Table(tmp_path / "metrics.csv")
    table.append_rows([{"site": "a"}])

    table.cut(0)
    table.append_rows([{"site": "b"}])

    assert (tmp_path / "metrics.csv").read_text() == "site\nb\n"


def test_events_are_one_json_a_line(tmp_path):
    events = Events(tmp_path / "events.jsonl")

    events.append_event("round", round=1, put_aside=["site-03"])
    events.append_event("round", round=2)

    lines = (tmp_path / "events.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"event": "round", "round": 1, "put_aside": ["site-03"]},
        {"event": "round", "round": 2},
    ]
