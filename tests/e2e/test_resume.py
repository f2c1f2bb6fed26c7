"""A run can be interrupted at any moment and resumed, and the result is the undisturbed run's, bit for bit."""

from __future__ import annotations

import os
import random
import select
import shutil
import time
from pathlib import Path

import psutil
import pytest

from fedkd.errors import NotARunError, ResumeMismatchError, RunExistsError
from fedkd.simulation import resume, simulate
from tests.e2e.console import Started, rounds, run, tree
from tests.tiny import SITES, tiny, tiny_overrides

pytestmark = pytest.mark.slow

ROUNDS = 8
SEARCHING = (
    f"federation.rounds={ROUNDS}",
    "search=on_device",
    "search.rungs=[6,6]",
    "run.dir=run",
)
"""With a search, and networks whose checkpoints are larger than a pipe."""

WORKING = (f"federation.rounds={ROUNDS}", "runtime.processes=2", "run.dir=run")
"""With worker processes, and a fixed network so that these are all for the rounds."""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A finished run, in this process."""
    path = tmp_path_factory.mktemp("undisturbed") / "run"
    simulate(tiny("fedkdnas", *SEARCHING), path)
    return path


@pytest.fixture
def copied(undisturbed, tmp_path):
    """The finished run again, to do with as one likes."""
    return Path(shutil.copytree(undisturbed, tmp_path / "run"))


def metrics(path):
    return (path / "metrics.csv").read_bytes()


def kill_while_searching(started, path, rng):
    started.wait_for((path / "partition.json").exists)
    time.sleep(rng.uniform(0, 0.1))
    started.kill()
    assert not (path / "search.json").exists()


def kill_in_a_round(started, path, rng):
    done = rng.choice((1, 2))
    started.wait_for(lambda: rounds(path) >= done)
    time.sleep(rng.uniform(0, 0.03))
    started.kill()
    assert rounds(path) < ROUNDS


def kill_while_writing_a_checkpoint(started, path, round_):
    """A pipe in the place of the file that a checkpoint is written to holds the process there."""
    partial = path / "checkpoints" / f"round-{round_:05d}.safetensors.partial"
    pipe = os.open(partial, os.O_RDONLY | os.O_NONBLOCK)
    started.wait_for(lambda: select.select([pipe], [], [], 0)[0])
    written = os.read(pipe, 30_000)
    started.kill()
    os.close(pipe)
    # What a disk would now hold.
    partial.unlink()
    partial.write_bytes(written)


def test_killed_at_three_moments_and_resumed_it_gives_the_same_bytes(undisturbed, tmp_path):
    rng = random.Random(20)
    path = tmp_path / "run"

    kill_while_searching(Started.of("simulate", *tiny_overrides("fedkdnas", *SEARCHING), cwd=tmp_path), path, rng)
    kill_in_a_round(Started.of("simulate", "resume=run", cwd=tmp_path), path, rng)
    os.mkfifo(path / "checkpoints" / f"round-{ROUNDS - 1:05d}.safetensors.partial")
    kill_while_writing_a_checkpoint(Started.of("simulate", "resume=run", cwd=tmp_path), path, ROUNDS - 1)
    done = run("simulate", "resume=run", cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert metrics(path) == metrics(undisturbed)
    assert not list(path.rglob("*.partial"))
    assert tree(path).keys() == tree(undisturbed).keys()


def test_workers_end_with_a_killed_parent_and_their_number_changes_nothing(tmp_path):
    simulate(tiny("fedkdnas", *WORKING, "runtime.processes=1"), tmp_path / "alone")
    path = tmp_path / "run"
    started = Started.of("simulate", *tiny_overrides("fedkdnas", *WORKING), cwd=tmp_path)
    started.wait_for(lambda: rounds(path) >= 1)
    workers = started.descendants()

    started.kill()

    assert len(workers) >= 2
    assert psutil.wait_procs(workers, timeout=20)[1] == []
    done = run("simulate", "resume=run", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert metrics(path) == metrics(tmp_path / "alone")


def test_ctrl_c_says_how_to_go_on_and_leaves_nobody(tmp_path):
    path = tmp_path / "run"
    overrides = tiny_overrides("fedkdnas", *WORKING, "federation.rounds=500")
    started = Started.of("simulate", *overrides, cwd=tmp_path)
    started.wait_for(lambda: rounds(path) >= 2)
    workers = started.descendants()

    code = started.interrupt()

    assert code == 130
    assert "interrupted; continue with: fedkd simulate resume=run" in (tmp_path / "stdout").read_text()
    assert (tmp_path / "stderr").read_text() == ""
    assert psutil.wait_procs(workers, timeout=20)[1] == []
    # What is left is a run: it goes on from a round that is on record.
    again = Started.of("simulate", "resume=run", cwd=tmp_path)
    before = rounds(path)
    again.wait_for(lambda: rounds(path) > before)
    assert again.interrupt() == 130


def test_one_seed_gives_one_result_in_another_process(undisturbed, tmp_path):
    done = run("simulate", *tiny_overrides("fedkdnas", *SEARCHING), "--json", cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert metrics(tmp_path / "run") == metrics(undisturbed)


def test_another_seed_gives_another_result(undisturbed, tmp_path):
    simulate(tiny("fedkdnas", *SEARCHING, "seed=1"), tmp_path / "run")

    assert metrics(tmp_path / "run") != metrics(undisturbed)


def test_ctrl_c_before_the_run_writes_nothing(cli, monkeypatch, tmp_path):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("fedkd.composition.compose", interrupted)

    code, out, err = cli("simulate", "run.dir=run")

    assert (code, out, err) == (130, "", "interrupted before the run began; nothing was written\n")
    assert tree(tmp_path) == {}


def test_ctrl_c_while_data_load_writes_nothing(cli, monkeypatch, tmp_path):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("fedkd.simulation.load_data", interrupted)

    code, out, err = cli("simulate", *tiny_overrides("local", "run.dir=run"), "--json")

    assert (code, out, err) == (130, "", "interrupted before the run began; nothing was written\n")
    assert tree(tmp_path) == {}


def test_a_finished_run_is_not_run_again_but_summed_up(cli, copied):
    before = tree(copied)
    (copied / "summary.json").unlink()

    code, _, err = cli("simulate", "resume=run", "--json")

    assert (code, err) == (0, "")
    assert rounds(copied) == ROUNDS
    assert {name: text for name, text in tree(copied).items() if not name.startswith("plots")} == {
        name: text for name, text in before.items() if not name.startswith("plots")
    } | {"summary.json": (copied / "summary.json").read_bytes()}


@pytest.mark.parametrize("change", ["seed=3", "method=fedmd", "--config=federated/default", "--config-dir=."])
def test_a_resumed_run_cannot_be_changed(cli, copied, change):
    before = tree(copied)

    code, _, err = cli("simulate", "resume=run", change)

    assert code == ResumeMismatchError.code
    assert change.partition("=")[0] in err
    assert tree(copied) == before


def test_a_run_is_not_begun_where_one_is(cli, copied):
    before = tree(copied)

    code, _, err = cli("simulate", *tiny_overrides("local", "run.dir=run"))

    assert code == RunExistsError.code
    assert "continue it with resume=run," in err
    assert tree(copied) == before


@pytest.mark.parametrize("place", ["nowhere", "empty", "full", "file"])
def test_only_a_run_can_be_resumed(cli, tmp_path, place):
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("not a run")
    (tmp_path / "file").write_text("not a run")
    before = tree(tmp_path)

    code, _, err = cli("simulate", f"resume={place}")

    assert code == NotARunError.code
    assert f"'{place}' holds no run" in err
    assert tree(tmp_path) == before


def test_without_its_newest_checkpoint_a_run_goes_on_from_the_one_before(copied, undisturbed):
    (copied / "checkpoints" / f"round-{ROUNDS:05d}.safetensors").unlink()

    resume(copied)

    assert metrics(copied) == metrics(undisturbed)


def test_every_site_is_in_every_round(undisturbed):
    assert len(metrics(undisturbed).splitlines()) == 1 + ROUNDS * SITES
