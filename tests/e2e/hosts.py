"""Hosts on one machine: network namespaces that are joined by a bridge, in a further namespace.

    machine    switch: bridge ---- port0 ==== eth0: 10.99.0.1   (host 0, the server)
                          |------- port1 ==== eth0: 10.99.0.2   (host 1, a site)
                          ...

The machine's own network is not touched: every link is made inside the switch and handed to a host, which has no other
and no way out. A link can be cut as a broken path is: nothing arrives any more, and both ends still believe that their
link is up.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psutil

from tests.e2e.console import HEARING

NETWORK = "10.99.0.0/24"
_PREFIX, _BRIDGE, _LINK = "fedkd-test", "bridge", "eth0"
_QUEUE = ("burst", "32k", "latency", "400ms")
_numbers = count()


class NoHostsError(RuntimeError):
    """There can be no hosts here; the sentence says why."""


@dataclass(frozen=True)
class Traffic:
    """Bytes that passed a host's link.

    Attributes:
        sent: From the host.
        received: By the host.
    """

    sent: int
    received: int


@dataclass(frozen=True)
class Host:
    """A namespace with one link.

    Attributes:
        space: The namespace's name.
        address: On its link.
        switch: The namespace that holds the other end of the link.
        port: That end.
        started: Everything that was started here.
    """

    space: str
    address: str
    switch: str
    port: str
    started: list[subprocess.Popen[str]] = field(default_factory=list, repr=False, compare=False)

    def start(self, *command: str, cwd: Path, **environment: str) -> subprocess.Popen[str]:
        """Start a command here; what it prints goes to `stdout` and `stderr` in its folder."""
        with (cwd / "stdout").open("w") as out, (cwd / "stderr").open("w") as err:
            process = subprocess.Popen(
                # ip becomes the command: its process is the command's.
                [*HEARING, "ip", "netns", "exec", self.space, *command],
                cwd=cwd,
                env=os.environ | environment,
                stdout=out,
                stderr=err,
                text=True,
            )
        self.started.append(process)
        return process

    def cut(self) -> None:
        """Let nothing pass the link, without a word to either end."""
        _ip("-n", self.switch, "link", "set", self.port, "nomaster")

    def heal(self) -> None:
        """Let everything pass again."""
        _ip("-n", self.switch, "link", "set", self.port, "master", _BRIDGE)

    def slow_down(self, bytes_per_s: int) -> None:
        """Let no more than this be sent from here; what is received is as fast as before, as behind a home's line."""
        _run("tc", *self._shaper("replace"), "tbf", "rate", f"{bytes_per_s}bps", *_QUEUE)

    def speed_up(self) -> None:
        """Undo of `slow_down`."""
        _run("tc", *self._shaper("del"))

    def _shaper(self, what: str) -> tuple[str, ...]:
        return ("-n", self.space, "qdisc", what, "dev", _LINK, "root")

    def traffic(self) -> Traffic:
        """What passed the link so far."""
        (link,) = json.loads(_ip("-n", self.space, "-s", "-j", "link", "show", _LINK))
        return Traffic(link["stats64"]["tx"]["bytes"], link["stats64"]["rx"]["bytes"])

    def routes(self) -> list[str]:
        """Networks that can be reached from here."""
        return [route["dst"] for route in json.loads(_ip("-n", self.space, "-j", "route"))]


@contextmanager
def hosts(number: int) -> Iterator[tuple[Host, ...]]:
    """Hosts that can reach one another and nothing else; they end with all their processes.

    Args:
        number: How many, at most 250.

    Raises:
        NoHostsError: They are not permitted here.
    """
    _require_permission()
    _sweep()
    mark = f"{_PREFIX}-{os.getpid()}-{next(_numbers)}"
    switch = f"{mark}-switch"
    made = tuple(Host(f"{mark}-{i}", f"10.99.0.{i + 1}", switch, f"port{i}") for i in range(number))
    try:
        _make_switch(switch)
        for host in made:
            _attach(host)
        yield made
    finally:
        for space in (*(host.space for host in made), switch):
            _remove(space)
        for process in (process for host in made for process in host.started):
            process.wait(10)


def _require_permission() -> None:
    if os.geteuid() != 0:
        raise NoHostsError("only root can make network namespaces")
    if missing := [tool for tool in ("ip", "tc") if shutil.which(tool) is None]:
        raise NoHostsError(f"{' and '.join(missing)} of iproute2 cannot be found")


def _make_switch(space: str) -> None:
    try:
        _ip("netns", "add", space)
        _ip("-n", space, "link", "add", _BRIDGE, "type", "bridge")
        _ip("-n", space, "link", "set", _BRIDGE, "up")
    except subprocess.CalledProcessError as error:
        raise NoHostsError(f"network namespaces are not permitted here ({error.stderr.strip()})") from error


def _attach(host: Host) -> None:
    _ip("netns", "add", host.space)
    ends = ("name", host.port, "type", "veth", "peer", "name", _LINK, "netns", host.space)
    _ip("-n", host.switch, "link", "add", *ends)
    _ip("-n", host.switch, "link", "set", host.port, "master", _BRIDGE, "up")
    _ip("-n", host.space, "address", "add", f"{host.address}/24", "dev", _LINK)
    for link in ("lo", _LINK):
        _ip("-n", host.space, "link", "set", link, "up")


def _sweep() -> None:
    """Remove what a test left that had no chance to tidy up itself."""
    for space in _spaces():
        if (found := re.match(rf"{_PREFIX}-(\d+)-", space)) and not psutil.pid_exists(int(found[1])):
            _remove(space)


def _remove(space: str) -> None:
    if space not in _spaces():
        return
    end_s = time.monotonic() + 10
    while (inside := _ip("netns", "pids", space).split()) and time.monotonic() < end_s:
        for pid in inside:
            _kill(int(pid))
        time.sleep(0.02)
    _ip("netns", "delete", space)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        # It ended meanwhile.
        return


def _spaces() -> list[str]:
    return [line.split()[0] for line in _ip("netns", "list").splitlines()]


def _ip(*arguments: str) -> str:
    return _run("ip", *arguments)


def _run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
