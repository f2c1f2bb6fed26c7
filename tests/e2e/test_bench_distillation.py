"""`fedkd bench distillation` from the command line."""

from __future__ import annotations

import json

import pytest

from tests.e2e.console import call, run


@pytest.mark.slow
def test_a_proof_is_repeated_as_json(tmp_path):
    done = run("bench", "distillation", "tree", "--seeds", "2", "--json", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)["tree"]
    assert figures["seeds"] == [0, 1]
    assert figures["claims"][0]["holds"]
    assert len(figures["arms"]["tree <- network"]["accuracy %"]) == 2
    assert "tree, seeds" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_proof_is_a_table_and_a_sentence_a_claim(capfd, monkeypatch):
    monkeypatch.setenv("COLUMNS", "140")

    code, out, err = call(capfd, monkeypatch, "bench", "distillation", "tree", "--seeds", "2")

    assert code == 0, err
    assert "accuracy %, difference" in out
    assert "tree <- network against tree, accuracy %: +" in out
    assert "at least +1.50 was claimed: holds" in out


@pytest.mark.parametrize("wrong", [["forest"], ["tree", "--seeds", "1"]])
def test_wrong_arguments_are_refused(wrong, capfd, monkeypatch):
    code, out, err = call(capfd, monkeypatch, "bench", "distillation", *wrong)

    assert (code, out) == (2, "")
    assert "Invalid value" in err
