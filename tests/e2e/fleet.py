"""A federation of hosts: kits as a rehearsal writes them, each on a disk of its own, and their processes."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.console import PATIENCE_S, run
from tests.e2e.hosts import Host, NoHostsError, hosts

ROOT = Path(__file__).parents[2]
PORT = 8090
FEDKD = (sys.executable, "-m", "fedkd.cli")
DISTURBED = (sys.executable, "-m", "tests.e2e.disturbed")
"""The same program, in which something goes wrong; its options come before the command."""


@contextmanager
def hosts_or_skip(sites: int) -> Iterator[tuple[Host, ...]]:
    """The server's host, and one a site; a test that cannot have them is skipped."""
    try:
        with hosts(1 + sites) as made:
            yield made
    except NoHostsError as error:
        pytest.skip(f"{error}")


def rehearse(folder: Path, address: str, *overrides: str) -> Path:
    """Kits of a scenario whose aggregator has this address; returns their folder."""
    place = ("--host", address, "--listen", address, "--port", str(PORT))
    done = run("deploy", "rehearse", *overrides, *place, "--out", "kits", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "kits"


def wait_for(told: Callable[[], Any], timeout_s: float = PATIENCE_S) -> Any:
    """Wait for something to become true, and return it."""
    end_s = time.monotonic() + timeout_s
    while not (found := told()):
        assert time.monotonic() < end_s, "it did not come to pass"
        time.sleep(0.02)
    return found


@dataclass
class Process:
    """A program on a host."""

    process: subprocess.Popen[str]
    folder: Path

    def ended(self, timeout_s: float = PATIENCE_S) -> tuple[int, str, str]:
        """Its exit code, and what it printed."""
        code = self.process.wait(timeout_s)
        return code, (self.folder / "stdout").read_text(), (self.folder / "stderr").read_text()

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def send(self, number: signal.Signals) -> None:
        """Send a signal to it alone."""
        self.process.send_signal(number)

    def kill(self) -> None:
        """End it without any chance to tidy up."""
        self.process.kill()
        assert self.process.wait(PATIENCE_S) == -signal.SIGKILL


@dataclass
class Fleet:
    """The hosts of a federation.

    Attributes:
        hosts: The server first, then one a site.
        folder: Below it each host has a folder, its disk.
        started: Every process, in order.
    """

    hosts: tuple[Host, ...]
    folder: Path
    started: list[Process] = field(default_factory=list)

    @classmethod
    def of(cls, hosts: tuple[Host, ...], kits: Path, folder: Path, rules: Mapping[str, float]) -> Fleet:
        """Carry each kit to its host's disk, and give the aggregator these rules."""
        fleet = cls(hosts, folder)
        for kit in (kits / "aggregator", kits / "admin", *sorted(kits.glob("site-*"))):
            shutil.copytree(kit, fleet.disk(kit.name) / "kit")
        path = fleet.disk("aggregator") / "kit" / "kit.yaml"
        kit = yaml.safe_load(path.read_text())
        kit["rules"].update(rules)
        path.write_text(yaml.safe_dump(kit))
        return fleet

    def disk(self, name: str) -> Path:
        """What a host has on its disk: the aggregator's, or a site's."""
        return self.folder / "disks" / name

    @property
    def state(self) -> Path:
        """Where the aggregator keeps what it must not lose."""
        return self.disk("aggregator") / "kit" / "state"

    def host(self, site: int) -> Host:
        """The host of a site."""
        return self.hosts[1 + site]

    def aggregator(self) -> Process:
        """Start it, and wait until it listens."""
        started = self._start(self.hosts[0], self.disk("aggregator"), (*FEDKD, "aggregator", "kit"))
        wait_for(lambda: "listening" in (started.folder / "stdout").read_text() or not started.runs)
        return started

    def site(self, index: int, *options: str, program: tuple[str, ...] = FEDKD) -> Process:
        """Start the process of a site."""
        return self._start(self.host(index), self.disk(f"site-{index:02d}"), (*program, "site", "kit", *options))

    def status(self) -> dict[str, Any]:
        """What the administrator is told, at the aggregator's host."""
        kits, kit = self.disk("admin") / "kits", self.disk("site-00") / "kit"
        if not kits.exists():
            shutil.copytree(self.disk("admin") / "kit", kits / "admin")
            shutil.copytree(kit, kits / "site-00", ignore=shutil.ignore_patterns("state"))
        command = (*FEDKD, "deploy", "status", "kits", "--json")
        code, out, err = self._start(self.hosts[0], self.disk("admin"), command).ended()
        assert (code, err) == (0, "")
        return json.loads(out)

    def live(self) -> list[str]:
        """Sites that have called within their lease."""
        return [site["site"] for site in self.status()["sites"] if site["here"]]

    def _start(self, host: Host, disk: Path, command: tuple[str, ...]) -> Process:
        place = disk / f"process-{len(self.started)}"
        place.mkdir()
        command = tuple(str(disk / word) if word in ("kit", "kits") else word for word in command)
        self.started.append(Process(host.start(*command, cwd=place, PYTHONPATH=str(ROOT)), place))
        return self.started[-1]

    def rounds(self) -> list[dict[str, Any]]:
        """Every round as the aggregator wrote it down."""
        path = self.state / "events.jsonl"
        lines = path.read_text().splitlines(keepends=True) if path.exists() else []
        events = [json.loads(line) for line in lines if line.endswith("\n")]
        return [event for event in events if event["event"] == "round"]

    def closed(self) -> int:
        """The last closed round."""
        return self.rounds()[-1]["round"] if self.rounds() else 0
