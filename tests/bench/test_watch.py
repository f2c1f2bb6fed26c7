"""Programs are watched from outside: rounds by their lines, memory and processor time of the whole tree."""

from __future__ import annotations

import os
import sys
import time

import psutil
import pytest

from fedkd.bench.watch import Watched, watch
from fedkd.errors import WorkerDiedError

ROUNDS = """
import time
for n in range(1, 4):
    time.sleep(0.1)
    print("round", n, flush=True)
print("accuracy 0.5")
"""

CHILD_WITH_MEMORY = """
import subprocess, sys
code = "import time; held = bytearray(b'1' * 200_000_000); time.sleep(0.6)"
child = subprocess.Popen([sys.executable, "-c", code])
print("round 1"); child.wait(); print("round 2")
"""

BUSY = """
import time
while time.process_time() < 0.5: pass
print("round 1"); print("round 2", flush=True); time.sleep(0.3)
"""


def watched(code, folder, patience_s=60.0):
    return watch([sys.executable, "-c", code], folder, os.environ, patience_s)


def test_figures_by_hand():
    # Rounds end at 5, 7, 8 and 10 s: the later ones last 2, 1 and 2 s.
    run = Watched((5.0, 7.0, 8.0, 10.0), 11.0, 0, 0.0, (("accuracy", "0.5"), ("accuracy", "0.75")))

    assert run.round_s == 2.0
    assert run.start_up_s == 3.0
    assert run.said("accuracy") == ("0.75",)
    assert run.said("share") == ()


def test_one_round_cannot_be_told_from_the_start():
    with pytest.raises(ValueError, match="1 rounds were seen"):
        Watched((5.0,), 6.0, 0, 0.0)


def test_rounds_are_timed_and_other_lines_kept(tmp_path):
    run = watched(ROUNDS, tmp_path)

    assert len(run.round_ends_s) == 3
    assert 0.1 <= run.round_ends_s[0] < run.round_ends_s[1] < run.round_ends_s[2] <= run.wall_s
    assert run.round_s > 0
    assert run.lines == (("accuracy", "0.5"),)


def test_memory_of_children_counts(tmp_path):
    assert watched(CHILD_WITH_MEMORY, tmp_path).peak_bytes > 200_000_000


def test_processor_time_is_seen(tmp_path):
    # What it did between the last sample and its end is not seen.
    assert 0.4 <= watched(BUSY, tmp_path).cpu_s < 5


@pytest.mark.parametrize(
    ("code", "what"),
    [
        (
            "print('round 1'); print('round 2'); raise SystemExit('no such actor')",
            "ended with 1 after 2 rounds: no such",
        ),
        ("print('round 1')", "ended with 0 after 1 rounds: it wrote nothing"),
    ],
)
def test_a_program_that_fails_says_why(tmp_path, code, what):
    with pytest.raises(WorkerDiedError, match=what):
        watched(code, tmp_path)


def test_a_program_that_hangs_is_ended_with_its_children(tmp_path):
    code = "import subprocess, sys, time\n"
    code += "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    code += "open('child', 'w').write(str(child.pid)); time.sleep(600)"

    with pytest.raises(WorkerDiedError, match="took too long after 0 rounds"):
        watched(code, tmp_path, patience_s=3.0)

    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 10
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)
