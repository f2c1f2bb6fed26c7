"""A real SuperLink and a real SuperNode take what is in the kits."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .clinics import provisioned

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("flwr") is None, reason="flwr is not installed"),
]


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@pytest.fixture
def environment():
    return {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": os.environ.get("HOME", "/")}


@pytest.fixture
def start(environment, tmp_path):
    """Starts a script in a process group of its own; all of them end with the test."""
    groups = []

    def begin(script: Path, *arguments: str) -> None:
        with (tmp_path / f"{script.stem}.log").open("w") as log:
            process = subprocess.Popen(
                [script, *arguments], env=environment, stdout=log, stderr=log, start_new_session=True
            )
        groups.append(process)

    yield begin
    for process in groups:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)


def reachable(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_registered_node_is_let_in_and_another_is_not(start, environment, tmp_path):
    aggregator, superlink, *nodes = free_ports(4)
    provisioned(tmp_path, ports={"aggregator": aggregator, "superlink": superlink})
    server = tmp_path / "kits" / "aggregator"
    (server / "supernodes" / "clinic-b.pub").unlink()
    start(server / "superlink.sh")
    deadline = time.monotonic() + 120
    while not reachable(superlink):
        assert time.monotonic() < deadline, (tmp_path / "superlink.log").read_text()
        time.sleep(0.2)

    for expected in ("registered: clinic-a\n", ""):  # once is enough
        done = subprocess.run([server / "register.sh"], env=environment, capture_output=True, text=True, check=True)
        assert done.stdout == expected
    for site, port in zip(("clinic-a", "clinic-b"), nodes, strict=True):
        start(
            (tmp_path / "kits" / site / "supernode.sh").rename(tmp_path / "kits" / site / f"{site}.sh"),
            "--port",
            str(port),
        )

    command = ["flwr", "supernode", "list", "federation", "--format", "json"]
    there: list[str] = []
    while there != ["online"] or "again in 15 s" not in (tmp_path / "clinic-b.log").read_text():
        assert time.monotonic() < deadline, there
        listed = subprocess.run(
            command, env=environment | {"FLWR_HOME": str(server / "flower")}, capture_output=True, text=True, check=True
        )
        there = [node["status"] for node in json.loads(listed.stdout)["nodes"]]
    assert "2004" in (tmp_path / "clinic-b.log").read_text()
    subprocess.run([server / "unregister.sh", "clinic-a"], env=environment, capture_output=True, check=True)
    assert subprocess.run([server / "unregister.sh"], env=environment, capture_output=True, check=False).returncode != 0
