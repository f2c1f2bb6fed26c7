"""Flower's part of a deployment on this machine: a SuperLink, a SuperNode for each site, and a run that starts them."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from fedkd.distributed.troop import Troop
from fedkd.errors import DeployError, UnreachableError
from fedkd.kits.launchers import CONNECTION
from fedkd.kits.layout import ADMIN, AGGREGATOR
from fedkd.runtime.flower.control import FAILED, STOPPED, Control
from fedkd.runtime.flower.installed import check_flower

APP = Path(str(resources.files("fedkd"))) / "apps" / "flower"
"""The folder for `flwr run`."""

_SUPERLINK = "superlink"
_COME_UP_S, _REGISTER_S, _LOOK_S = 120.0, 300.0, 10.0


class Fleet:
    """A SuperLink, SuperNodes and a run of the app.

    Args:
        troop: Starts processes.
        kits: All kits.
        sites: Names.
    """

    def __init__(self, troop: Troop, kits: Path, sites: Sequence[str]) -> None:
        self._troop = troop
        self._kits = kits
        self._sites = sites
        self._control = Control(kits / AGGREGATOR / "flower", CONNECTION)
        self._run = ""
        self._looked_s = 0.0

    def start(self, superlink: int, aggregator: str, ports: Sequence[int]) -> None:
        """Start everything.

        Args:
            superlink: Port of the SuperLink.
            aggregator: `HOST:PORT` of the aggregator.
            ports: One for each SuperNode's own use.

        Raises:
            VersionError: The Flower that is installed was not tested.
            UnreachableError: The SuperLink does not come up.
            DeployError: It will not have the SuperNodes, or the run.
        """
        check_flower()
        server = self._kits / AGGREGATOR
        self._troop.start(_SUPERLINK, ["/bin/sh", str(server / "superlink.sh")])
        self._comes_up(superlink)
        register = subprocess.run(
            ["/bin/sh", str(server / "register.sh")],
            env=self._troop.environment,
            capture_output=True,
            text=True,
            timeout=_REGISTER_S,
        )
        if register.returncode:
            said = (register.stderr or register.stdout).strip()[-300:]
            raise DeployError(f"the SuperLink will not have the SuperNodes: {said}", "see its log")
        for site, port in zip(self._sites, ports, strict=True):
            script = str(self._kits / site / "supernode.sh")
            self._troop.start(f"supernode-{site}", ["/bin/sh", script, "--host", "127.0.0.1", "--port", str(port)])
        config = {"admin": str((self._kits / ADMIN).absolute()), "aggregator": aggregator}
        self._run = self._control.start(APP, config)

    def check(self) -> None:
        """Look after the run; Flower tells nobody that it failed.

        Raises:
            DeployError: It did, or was stopped.
        """
        if time.monotonic() - self._looked_s < _LOOK_S:
            return
        self._looked_s = time.monotonic()
        try:
            status = self._control.status(self._run)
        except UnreachableError:
            return
        if status in (FAILED, STOPPED):
            raise DeployError(f"Flower's run {self._run} is {status}", f"see '{self._troop.logs / _SUPERLINK}.log'")

    def _comes_up(self, port: int) -> None:
        until_s = time.monotonic() + _COME_UP_S
        while True:
            self._troop.check()
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=1):
                    return
            except OSError as error:
                if time.monotonic() > until_s:
                    fix = f"see '{self._troop.logs / _SUPERLINK}.log'"
                    raise UnreachableError("the SuperLink does not come up", fix) from error
            time.sleep(0.1)
