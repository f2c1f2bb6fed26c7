"""Processes that belong together end together: real ones."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from fedkd.distributed import troop as module
from fedkd.distributed.troop import Troop
from fedkd.errors import DiskError, WorkerDiedError

SH = ("/bin/sh", "-c")
PARENT = """
import sys, time
from pathlib import Path
from fedkd.distributed.troop import Troop

with Troop(Path(sys.argv[1]), {}) as troop:
    for name in ("a", "b"):
        troop.start(name, ["/bin/sh", "-c", f"echo $$ > {sys.argv[1]}/{name}.pid; exec sleep 600"])
    time.sleep(600)
"""


def wait_for(so: Callable[[], object], timeout_s: float = 30) -> None:
    until_s = time.monotonic() + timeout_s
    while not so():
        assert time.monotonic() < until_s, "waited in vain"
        time.sleep(0.01)


def number(path: Path) -> int:
    """A process number that a script wrote down."""
    wait_for(lambda: path.exists() and path.read_text().endswith("\n"))
    return int(path.read_text())


def gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has looked after yet has."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
def troop(tmp_path):
    with Troop(tmp_path / "logs", {"GREETING": "hello"}) as it:
        yield it


def test_what_a_process_prints_is_in_its_log(troop):
    troop.start("a", [*SH, "echo $GREETING; echo trouble >&2"])
    wait_for(lambda: not troop.runs("a"))

    troop.check()

    assert (troop.logs / "a.log").read_text() == "hello\ntrouble\n"


def test_scripts_find_the_programs_of_this_interpreter(troop):
    troop.start("a", [*SH, "command -v python"])
    wait_for(lambda: not troop.runs("a"))

    assert Path((troop.logs / "a.log").read_text().strip()).parent == Path(sys.executable).parent


def test_another_start_goes_on_in_the_same_log(troop):
    for word in ("first", "second"):
        troop.start("a", [*SH, f"echo {word}"])
        wait_for(lambda: not troop.runs("a"))

    assert (troop.logs / "a.log").read_text() == "first\nsecond\n"


def test_who_runs(troop):
    troop.start("a", ["sleep", "600"])
    troop.start("b", ["true"])
    wait_for(lambda: not troop.runs("b"))

    assert (troop.runs("a"), troop.runs("b"), troop.runs("never started")) == (True, False, False)
    troop.check()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo before; echo 'the disk is full' >&2; exit 54", "ended with code 54: the disk is full"),
        ("exit 3", "ended with code 3: without a word"),
        ("kill -KILL $$", "ended with code -9: without a word"),
    ],
)
def test_a_process_that_failed_is_named_with_its_last_words(troop, script, said):
    troop.start("well", ["sleep", "600"])
    troop.start("sick", [*SH, script])
    wait_for(lambda: not troop.runs("sick"))

    with pytest.raises(WorkerDiedError, match=f"'sick' {said}") as raised:
        troop.check()
    assert raised.value.fix == f"see '{troop.logs / 'sick.log'}'"


def test_last_words_are_cut(troop):
    troop.start("sick", [*SH, "head -c 5000 /dev/zero | tr '\\0' x; exit 1"])
    wait_for(lambda: not troop.runs("sick"))

    with pytest.raises(WorkerDiedError) as raised:
        troop.check()
    assert raised.value.what.endswith(": " + 500 * "x")


def test_after_the_context_all_are_gone_and_what_they_started(tmp_path):
    script = f"sleep 600 & echo $! > {tmp_path}/grandchild; echo $$ > {tmp_path}/child; wait"
    with Troop(tmp_path / "logs", {}) as troop:
        troop.start("a", [*SH, script])
        numbers = [number(tmp_path / name) for name in ("grandchild", "child")]
        assert not any(map(gone, numbers))

    assert all(map(gone, numbers))


def test_what_a_process_left_behind_is_ended_too(tmp_path):
    with Troop(tmp_path / "logs", {}) as troop:
        troop.start("a", [*SH, f"sleep 600 & echo $! > {tmp_path}/grandchild"])
        grandchild = number(tmp_path / "grandchild")
        wait_for(lambda: not troop.runs("a"))
        assert not gone(grandchild)

    assert gone(grandchild)


def test_also_after_an_error(tmp_path):
    def fail():
        with Troop(tmp_path / "logs", {}) as troop:
            troop.start("a", [*SH, f"echo $$ > {tmp_path}/child; exec sleep 600"])
            assert not gone(number(tmp_path / "child"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert gone(number(tmp_path / "child"))


def test_who_will_not_hear_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_GRACE_S", 0.3)
    with Troop(tmp_path / "logs", {}) as troop:
        troop.start("a", [*SH, f"trap '' TERM; echo $$ > {tmp_path}/child; while :; do sleep 0.1; done"])
        child = number(tmp_path / "child")

    assert gone(child)


def test_who_hears_may_tidy_up(tmp_path):
    with Troop(tmp_path / "logs", {}) as troop:
        troop.start(
            "a", [*SH, f"trap 'echo goodbye; exit' TERM; echo $$ > {tmp_path}/child; while :; do sleep 0.1; done"]
        )
        number(tmp_path / "child")

    assert (tmp_path / "logs" / "a.log").read_text().endswith("goodbye\n")


def test_an_empty_troop_ends_at_once(tmp_path):
    began_s = time.monotonic()
    with Troop(tmp_path / "logs", {}):
        pass

    assert time.monotonic() - began_s < 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_processes_end_with_a_parent_that_was_killed(tmp_path):
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], start_new_session=True)
    try:
        numbers = [number(tmp_path / f"{name}.pid") for name in ("a", "b")]
        assert not any(map(gone, numbers))

        os.kill(parent.pid, signal.SIGKILL)

        assert parent.wait(30) == -signal.SIGKILL
        wait_for(lambda: all(map(gone, numbers)))
    finally:
        parent.kill()
        parent.wait()


def test_logs_that_cannot_be_written(tmp_path):
    (tmp_path / "logs").write_text("in the way")

    with pytest.raises(DiskError), Troop(tmp_path / "logs", {}):
        pass
