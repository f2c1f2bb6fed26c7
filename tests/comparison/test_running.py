"""Runs of a comparison: kept, resumed, and one that fails takes nobody with it."""

import os
import time

import pytest

from fedkd.comparison import Comparison, gather, run_missing
from fedkd.comparison.lanes import Lanes
from fedkd.comparison.running import run_or_resume
from fedkd.errors import ConfigError, NotEnoughSamplesError, UnknownKeyError, WorkerDiedError
from fedkd.watcher import Silent
from tests.tiny import tiny_overrides

BASE = tuple(tiny_overrides("fedavg", "federation.rounds=2"))
BOLD = ("method.local.optimizer.learning_rate=1e30",)
GREEDY = ("data.split.private=100000",)


@pytest.mark.slow
def test_runs_are_kept_a_bold_setting_is_a_result_and_a_failure_is_listed(tmp_path):
    # The one that fails goes first, so that others come after it.
    comparison = Comparison({"greedy": GREEDY, "fine": (), "bold": BOLD}, base=BASE, seeds=(0,))
    states = []

    ended = run_missing(comparison, tmp_path, 1, states.append)

    assert list(ended.diverged) == ["bold/seed-0"]
    assert "learning rate" in ended.diverged["bold/seed-0"]
    (failure,) = ended.failed
    assert (failure.name, failure.code) == ("greedy/seed-0", NotEnoughSamplesError.code)
    assert failure.what.startswith("error 24: ")
    assert "Traceback" in failure.trace
    assert [state.ended.name for state in states if state.ended] == ["greedy/seed-0", "fine/seed-0", "bold/seed-0"]
    assert [state.finished for state in states if state.ended] == [1, 2, 3]
    assert {run.trial.name for state in states for run in state.running} >= {"fine/seed-0"}
    (panel,) = gather(comparison, tmp_path)
    assert [list(arm.summaries) for arm in panel.arms] == [[], [0], []]

    summary = tmp_path / "fine" / "seed-0" / "summary.json"
    written = summary.stat().st_mtime_ns
    again = run_missing(Comparison({"fine": ()}, base=BASE, seeds=(0,)), tmp_path, 1, states.append)

    assert (again.diverged, again.failed) == ({}, ())
    assert (states[-1].finished, states[-1].total) == (1, 1)
    assert summary.stat().st_mtime_ns == written


def test_nothing_runs_where_a_scenario_is_wrong_or_a_folder_taken(tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr(Lanes, "start", lambda *facts: started.append(facts))
    taken = tmp_path / "b" / "seed-0"
    taken.mkdir(parents=True)
    (taken / "config.yaml").write_text("another: scenario\n")

    with pytest.raises(UnknownKeyError, match="sped"):
        run_missing(Comparison({"a": (), "c": ("federation.sped=1",)}, base=BASE), tmp_path, 1, lambda state: None)
    with pytest.raises(ConfigError, match="another scenario"):
        run_missing(Comparison({"a": (), "b": ()}, base=BASE, seeds=(0,)), tmp_path, 1, lambda state: None)
    assert started == []


class StoppedError(Exception):
    """What stops a run in a test."""


@pytest.mark.slow
def test_an_interrupted_run_is_resumed(tmp_path, monkeypatch):
    def stop(self, report, rounds):
        raise StoppedError

    with monkeypatch.context() as patch:
        patch.setattr(Silent, "round", stop)
        with pytest.raises(StoppedError):
            run_or_resume(tmp_path / "run", BASE)
    before = (tmp_path / "run" / "metrics.csv").read_bytes()

    run_or_resume(tmp_path / "run", BASE)

    after = (tmp_path / "run" / "metrics.csv").read_bytes()
    assert after.startswith(before)
    assert len(after) > len(before) > 0
    assert (tmp_path / "run" / "summary.json").is_file()


@pytest.mark.slow
def test_a_process_that_dies_takes_its_own_run_and_is_replaced():
    lanes = Lanes(1)
    try:
        died = lanes.start(0, os._exit, 3)
        assert isinstance(lanes.failure(0, died), WorkerDiedError)
        assert lanes.failure(0, lanes.start(0, time.sleep, 0)) is None
    finally:
        lanes.close()
