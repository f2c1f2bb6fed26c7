"""A scenario gives the same figures by whatever runtime, also where processes hang, die or are killed."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import psutil
import pytest

from fedkd.record import read_metrics
from fedkd.record.checkpoint import newest
from tests.e2e.console import SCRIPT, Started, rounds
from tests.tiny import tiny_overrides

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PATIENCE_S = 400
SILENT = ("validation_accuracy", "virtual_time_us")
"""Nobody has everybody's validation samples, and time is real."""

UNLIKE = (
    "federation.sites=6",
    "federation.rounds=4",
    "data.split.private=600",
    "data.split.public=200",
    "data.split.test=200",
    "search=on_device",
    "search.rungs=[10,20]",
    "device=three_classes",
    "method.local.steps=40",
    "method.hand_down.every=3",
    "method.student.steps=40",
    "method.student.final_steps=60",
)
"""Six sites with unlike networks, that learn something; knowledge is handed down within the run, and at its end."""

needs_ray = pytest.mark.skipif(
    find_spec("ray") is None, reason="runtime=flower simulates on Ray, which is not installed"
)


def apart(method: str, *overrides: str) -> list[str]:
    """Overrides for a runtime whose sites are processes of their own."""
    return [override for override in tiny_overrides(method, *overrides) if override != "runtime.processes=1"]


def simulate(folder: Path, *overrides: str) -> tuple[int, str]:
    """The console script; returns its exit code and what it complained of."""
    done = subprocess.run(
        [SCRIPT, "simulate", *overrides],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    return done.returncode, done.stderr


def comparable(run: Path, *but: str) -> list[dict[str, str]]:
    """Figures that all runtimes have."""
    return [{key: value for key, value in row.items() if key not in SILENT + but} for row in read_metrics(run)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the runs of unlike networks are."""
    return tmp_path_factory.mktemp("unlike")


@pytest.fixture(scope="module")
def local(folder):
    """The scenario in one process, a network at a time."""
    assert simulate(
        folder, *apart("fedkdnas", *UNLIKE), "runtime.processes=1", "runtime.cohort=1", "run.dir=local"
    ) == (
        0,
        "",
    )
    return folder / "local"


@pytest.fixture(scope="module")
def by_flower(folder):
    """The same by Flower's simulation."""
    assert simulate(folder, *apart("fedkdnas", *UNLIKE), "runtime=flower", "run.dir=flower") == (0, "")
    return folder / "flower"


def test_the_scenario_is_worth_comparing(local):
    rows = read_metrics(local)

    assert len({row["network"] for row in rows}) > 1
    sizes = {
        number: sum(int(row["bytes_down"]) for row in rows if row["round"] == str(number)) for number in range(1, 5)
    }
    assert sizes[3] > 5 * sizes[2]
    assert np.mean([float(row["global_accuracy"]) for row in rows if row["round"] == "4"]) > 0.6


@needs_ray
def test_by_flower_all_figures_are_those_of_one_process(local, by_flower):
    assert comparable(by_flower) == comparable(local)
    assert {(row["validation_accuracy"], row["virtual_time_us"]) for row in read_metrics(by_flower)} == {("", "0")}


def test_deployed_all_figures_are_those_of_one_process(local, folder):
    done = simulate(folder, *apart("fedkdnas", *UNLIKE), "runtime=deploy", "runtime.flower=false", "run.dir=deployed")

    assert done == (0, "")
    assert comparable(folder / "deployed") == comparable(local)


@needs_ray
def test_vectorised_cohorts_come_close(by_flower, folder):
    cohorts = ("runtime.processes=1", "runtime.cohort=10", "run.dir=cohorts")
    assert simulate(folder, *apart("fedkdnas", *UNLIKE), *cohorts) == (0, "")

    ours = newest(by_flower / "aggregator" / "checkpoints").arrays["server:targets"]
    theirs = newest(folder / "cohorts" / "checkpoints").arrays["server::targets"]
    same = float((ours.argmax(1) == theirs.argmax(1)).mean())
    last = [[row for row in read_metrics(run) if row["round"] == "4"] for run in (by_flower, folder / "cohorts")]
    one, other = (float(np.mean([float(row["global_accuracy"]) for row in rows])) for rows in last)
    print(f"top classes of {same:.1%} of the targets are equal; mean accuracies {one:.4f} and {other:.4f}")
    assert same >= 0.98
    assert abs(one - other) <= 0.01


def test_deployed_by_flower_all_figures_are_those_of_one_process(tmp_path):
    few = apart("fedkdnas", "federation.sites=2", "federation.rounds=3")
    assert simulate(tmp_path, *few, "runtime.processes=1", "runtime.cohort=1", "run.dir=local") == (0, "")

    assert simulate(tmp_path, *few, "runtime=deploy", "run.dir=run") == (0, "")

    assert comparable(tmp_path / "run") == comparable(tmp_path / "local")
    assert (tmp_path / "run" / "logs" / "superlink.log").exists()
    assert left_behind(tmp_path / "run") == []


# Where something goes wrong.


def left_behind(run: Path) -> list[str]:
    """Processes that still know of a run."""
    mine, found = os.getpid(), []
    for process in psutil.process_iter(["pid", "cmdline", "environ", "status"]):
        about = process.info
        words = " ".join([*(about["cmdline"] or ()), *(about["environ"] or {}).values()])
        if about["pid"] != mine and about["status"] != psutil.STATUS_ZOMBIE and str(run) in words:
            found.append(" ".join(about["cmdline"] or ("?",)))
    return found


@pytest.fixture
def held(tmp_path):
    """Overrides of a run by Flower whose second round does not get on, and the file to remove for that."""
    file = tmp_path / "hold"
    file.touch()
    method = ("method._target_=tests.e2e.held.HeldFedMD", f"+method.file={file}")
    return [*apart("fedmd"), *method, "runtime=flower", f"run.dir={tmp_path / 'run'}"], file


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Start the console script; whatever is left of it is ended with the test."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    started = []

    def begin(*overrides: str) -> Started:
        started.append(Started.of("simulate", *overrides, cwd=tmp_path))
        return started[-1]

    yield begin
    for one in started:
        one.process.kill()
        one.process.wait()


def in_second_round(run: Path) -> bool:
    """Whether all but the held site have trained in the second round."""
    trained = [newest(site / "states") for site in (run / "sites").glob("*") if (site / "states").exists()]
    return sum(state is not None and state.round_ >= 3 for state in trained) >= 3


def wait_for(started: Started, so: Callable[[], object]) -> None:
    """As `Started.wait_for`, with the patience that Ray needs."""
    until_s = time.monotonic() + PATIENCE_S
    while not so():
        assert started.process.poll() is None, "the process ended before its time"
        assert time.monotonic() < until_s, "waited in vain"
        time.sleep(0.2)


def workers(started: Started) -> list[psutil.Process]:
    """Ray's, in which sites train."""
    found = []
    for process in started.descendants():
        with suppress(psutil.Error):
            if any("ray::" in word for word in process.cmdline()):
                found.append(process)
    return found


@pytest.mark.long
@needs_ray
def test_a_site_that_hangs_ends_the_run_with_an_error_and_leaves_nobody(held, tmp_path):
    overrides, _ = held

    code, said = simulate(tmp_path, *overrides, "runtime.round_s=30")

    assert code == 67
    assert "1 of 4 nodes did not answer within 30 s" in said
    assert b'"round":1,' in (tmp_path / "run" / "aggregator" / "events.jsonl").read_bytes()
    assert left_behind(tmp_path / "run") == []


@pytest.mark.long
@needs_ray
def test_a_killed_worker_and_a_killed_run_can_be_gone_on_with(held, start, tmp_path):
    overrides, file = held
    run = tmp_path / "run"
    started = start(*overrides)
    wait_for(started, lambda: in_second_round(run))

    assert left_behind(run) != []
    for process in workers(started):
        process.kill()

    assert started.process.wait(PATIENCE_S) == 62
    assert "ended before it answered" in (tmp_path / "stderr").read_text()
    assert left_behind(run) == []

    started = start(f"resume={run}")
    wait_for(started, lambda: workers(started))
    descendants = started.descendants()
    started.kill()
    assert psutil.wait_procs(descendants, timeout=60)[1] == []

    file.unlink()
    assert simulate(tmp_path, f"resume={run}") == (0, "")
    alone = ("runtime=local", "runtime.processes=1", "runtime.cohort=1", f"run.dir={tmp_path / 'local'}")
    assert simulate(tmp_path, *apart("fedmd"), *alone) == (0, "")
    # An aggregator counts what its process sent.
    assert comparable(run, "bytes_down") == comparable(tmp_path / "local", "bytes_down")
    assert rounds(run) == 3
