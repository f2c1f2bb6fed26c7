"""A deployment in real processes over TLS: kits, an aggregator, sites; killed and started again."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fedkd.files import write_whole
from fedkd.record.checkpoint import newest
from tests.e2e.console import HEARING
from tests.tiny import ROUNDS, SITES, play, tiny, tiny_overrides

ALONE = ("runtime.processes=1", "runtime.cohort=1")
LAST = f"done after round {ROUNDS}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fedkd(*arguments: str, cwd: Path) -> subprocess.Popen[str]:
    command = [*HEARING, sys.executable, "-m", "fedkd.cli", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=cwd, stdout=pipe, stderr=pipe, text=True)


def ended(process: subprocess.Popen[str], timeout_s: float = 300) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=timeout_s)
    return process.returncode, out, err


@pytest.fixture
def kits(tmp_path):
    """Kits of a tiny federation; whatever a test started of them is ended."""
    overrides = tiny_overrides("fedkdnas", *ALONE)
    port = str(free_port())
    done = fedkd("deploy", "rehearse", *overrides, "--out", "kits", "--port", port, cwd=tmp_path)
    assert ended(done)[0] == 0
    return tmp_path / "kits"


@pytest.fixture
def start(tmp_path):
    started = []

    def begin(*arguments: str) -> subprocess.Popen[str]:
        started.append(fedkd(*arguments, cwd=tmp_path))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def site_name(index: int) -> str:
    return f"site-{index:02d}"


def targets(folder: Path) -> bytes:
    return newest(folder / "checkpoints").arrays["server:targets"].tobytes()


def test_a_deployment_survives_kills_and_ends_as_the_simulation_does(kits, start, tmp_path):
    aggregator = start("aggregator", "kits/aggregator")
    sites = [start("site", f"kits/{site_name(i)}", "--give-up", "240") for i in range(SITES)]
    inbox = kits / "aggregator" / "state" / "inbox"
    deadline = time.monotonic() + 180
    while not any(path.stat().st_size for path in inbox.glob("*")):
        for process in (aggregator, *sites):
            assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "no site said anything"
        time.sleep(0.02)

    aggregator.kill()
    sites[0].kill()
    ended(aggregator)
    ended(sites[0])
    aggregator = start("aggregator", "kits/aggregator")
    # The process that was killed cannot say goodbye; another epoch need not wait for its lease.
    sites[0] = start("site", f"kits/{site_name(0)}", "--epoch", "2", "--give-up", "240")

    for code, out, _ in map(ended, sites):
        assert (code, out.splitlines()[-1]) == (0, LAST)
    code, out, err = ended(aggregator)
    assert (code, err) == (0, "")
    assert f"finished after round {ROUNDS}" in out
    play(tiny("fedkdnas", *ALONE), tmp_path / "run")
    simulated = newest(tmp_path / "run" / "checkpoints").arrays["server::targets"].tobytes()
    assert targets(kits / "aggregator" / "state") == simulated


def test_strangers_are_refused_and_told_why(kits, start):
    start("aggregator", "kits/aggregator")
    foreign = (kits / site_name(1) / "certificate.pem", kits / site_name(1) / "key.pem")
    for path in foreign:
        write_whole(kits / site_name(0) / path.name, path.read_bytes())

    code, _, err = ended(start("site", f"kits/{site_name(0)}", "--give-up", "240"))

    assert code == 48
    assert f"the certificate of '{site_name(1)}' does not speak for '{site_name(0)}'" in err


def test_the_administrator_sees_who_is_missing(kits, start):
    start("aggregator", "kits/aggregator")
    start("site", f"kits/{site_name(2)}")
    deadline = time.monotonic() + 180
    here = []
    while here != [site_name(2)]:
        assert time.monotonic() < deadline, "the site was never seen"
        code, out, _ = ended(start("deploy", "status", "kits", "--json"))
        here = [site["site"] for site in json.loads(out)["sites"] if site["here"]] if code == 0 else []

    table = ended(start("deploy", "status", "kits"))[1]

    assert "gathering, round 1 of" in table
    assert site_name(0) in table


def test_ctrl_c_is_a_sentence(kits, start):
    site = start("site", f"kits/{site_name(0)}")
    deadline = time.monotonic() + 180
    while not (kits / site_name(0) / "state").exists():
        assert time.monotonic() < deadline, "the site never began"
        time.sleep(0.05)

    site.send_signal(signal.SIGINT)

    code, _, err = ended(site)
    assert (code, err) == (130, "interrupted; the same command goes on with what it had\n")
