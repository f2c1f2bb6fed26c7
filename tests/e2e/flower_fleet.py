"""A federation of hosts that Flower starts: the kits' own scripts, a SuperLink and a SuperNode for each site."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import yaml

from fedkd.kits import ADMIN, AGGREGATOR, write_data
from fedkd.loading import load_data, make_parts
from fedkd.scenario import Scenario
from tests.e2e.console import run
from tests.e2e.fleet import FEDKD, PORT, ROOT, Fleet, Process, wait_for
from tests.e2e.hosts import Host

SERVER, SUPERLINK = "10.99.0.1", 8000
PROGRAMS = {
    "PYTHONPATH": str(ROOT),
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
    "OMP_NUM_THREADS": "1",
}
DEVICE = {"name": "any", "macs_per_s": 5e9, "share": 1.0, "budget": {}}
"""As `device=unlimited` has it."""
_LOOK_S = 0.2


def provision(folder: Path, fleet: FlowerFleet, scenario: Scenario, overrides: list[str]) -> Path:
    """Kits of a federation whose sites hold, on their own disks, what the simulation gives them; returns their folder.

    Kits that lie there are written anew, with their certificates and keys.
    """
    parts = make_parts(scenario, load_data(scenario))
    sites = []
    for name, data in zip(parts.names, parts.data.sites, strict=True):
        path = fleet.disk(name) / "samples.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_data(path, data)
        sites.append({"name": name, "data": str(path), "device": DEVICE})
    federation = {
        "name": "flower",
        "address": SERVER,
        "listen": SERVER,
        "ports": {"aggregator": PORT, "superlink": SUPERLINK},
        "scenario": [override for override in overrides if not override.startswith("federation.sites=")],
        "sites": sites,
    }
    (folder / "federation.yaml").write_text(yaml.safe_dump(federation))
    done = run("deploy", "provision", "federation.yaml", "--out", "kits", cwd=folder, PYTHONPATH=str(ROOT))
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "kits"


@dataclass
class FlowerFleet(Fleet):
    """Hosts on which Flower starts the sites. The administrator sits at the server, with the whole folder of kits.

    Attributes:
        superlinks: Every SuperLink, in order.
    """

    superlinks: list[Process] = field(default_factory=list)

    @property
    def kits(self) -> Path:
        """At the server."""
        return self.disk("server") / "kits"

    @property
    def state(self) -> Path:
        """Where the aggregator keeps what it must not lose."""
        return self.kits / AGGREGATOR / "state"

    def carry(self, kits: Path, **rules: float) -> None:
        """Copy each kit to its host's disk, in place of the one before it, and forget the federation before it."""
        shutil.copytree(kits, self.kits, dirs_exist_ok=True)
        for kit in sorted(kits.glob("site-*")):
            shutil.copytree(kit, self.disk(kit.name) / "kit", dirs_exist_ok=True)
            shutil.rmtree(self.disk(kit.name) / "kit" / "state", ignore_errors=True)
        shutil.rmtree(self.state, ignore_errors=True)
        path = self.kits / AGGREGATOR / "kit.yaml"
        kit = yaml.safe_load(path.read_text())
        kit["rules"].update(rules)
        path.write_text(yaml.safe_dump(kit))

    @property
    def superlink(self) -> Process:
        """The last that was started."""
        return self.superlinks[-1]

    def start_superlink(self) -> None:
        """Start it, and wait until it listens."""
        self.superlinks.append(self._script("superlink"))
        wait_for(lambda: self._listens(SUPERLINK) or not self.superlink.runs)

    def register(self) -> None:
        """Let the SuperNodes in."""
        code, out, err = self._script("register").ended()
        assert (code, err) == (0, "")
        assert re.findall(r"registered: (.*)", out) == self.names

    @property
    def names(self) -> list[str]:
        """Of all sites."""
        return [path.name for path in sorted(self.kits.glob("site-*"))]

    def aggregator(self) -> Process:
        """Start it, and wait until it listens."""
        started = self._script("aggregator")
        wait_for(lambda: self._listens(PORT) or not started.runs)
        return started

    def supernode(self, index: int) -> Process:
        """Start the SuperNode of a site, again and again."""
        name = f"site-{index:02d}"
        return self._begin(self.host(index), self.disk(name), "/bin/sh", str(self.disk(name) / "kit" / "supernode.sh"))

    def deploy(self, what: str, *options: str) -> Process:
        """`fedkd deploy` at the server."""
        return self._begin(self.hosts[0], self.disk("server"), *FEDKD, "deploy", what, str(self.kits), *options)

    def flwr(self, *arguments: str) -> dict[str, Any]:
        """Flower's own command at the server."""
        flower = {"FLWR_HOME": str(self.kits / AGGREGATOR / "flower"), "FLWR_TELEMETRY_ENABLED": "0"}
        command = [str(Path(sys.executable).parent / "flwr"), *arguments, "--format", "json"]
        code, out, err = self._begin(self.hosts[0], self.disk("server"), *command, **flower).ended()
        assert code == 0, err
        return json.loads(out[out.index("{") :])

    def run_number(self) -> str:
        """Of Flower's last run."""
        return str(json.loads((self.kits / ADMIN / "run.json").read_text())["run"])

    def facts(self) -> dict[str, Any]:
        """What the aggregator keeps."""
        return json.loads((self.state / "aggregator.json").read_text())

    def status(self) -> dict[str, Any]:
        """What the administrator is told, at the server."""
        code, out, err = self.deploy("status", "--json").ended()
        assert (code, err) == (0, "")
        return json.loads(out)

    def processes(self, host: Host, program: str) -> list[psutil.Process]:
        """Processes of a program of Flower's that run on a host."""
        pids = subprocess.run(["ip", "netns", "pids", host.space], capture_output=True, text=True, check=True).stdout
        return [process for pid in pids.split() if (process := _named(int(pid), program))]

    def clientapps(self) -> list[psutil.Process]:
        """Of all sites."""
        return [found for host in self.hosts[1:] for found in self.processes(host, "flwr-clientapp")]

    def serverapp(self) -> psutil.Process:
        """Of the run."""
        (found,) = self.processes(self.hosts[0], "flwr-serverapp")
        return found

    def supernodes(self) -> list[psutil.Process]:
        """Of all sites."""
        return [found for host in self.hosts[1:] for found in self.processes(host, "flower-supernode")]

    def _script(self, name: str) -> Process:
        return self._begin(self.hosts[0], self.disk("server"), "/bin/sh", str(self.kits / AGGREGATOR / f"{name}.sh"))

    def _listens(self, port: int) -> bool:
        time.sleep(_LOOK_S)
        command = ["ip", "netns", "exec", self.hosts[0].space, "ss", "-Hltn", f"sport = :{port}"]
        return bool(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    def _begin(self, host: Host, disk: Path, *command: str, **environment: str) -> Process:
        place = disk / f"process-{len(self.started)}"
        place.mkdir(parents=True)
        self.started.append(Process(host.start(*command, cwd=place, **PROGRAMS, **environment), place))
        return self.started[-1]


def _named(pid: int, program: str) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        found = process.status() != psutil.STATUS_ZOMBIE and any(
            word.endswith(program) for word in process.cmdline()[:3]
        )
    except psutil.NoSuchProcess:
        return None
    return process if found else None
