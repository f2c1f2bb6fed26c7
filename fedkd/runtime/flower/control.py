"""Flower's command line, asked from here: start a run, ask how it is, stop it.

`flwr run` ends with 0 whatever becomes of the run, so the run itself is asked.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fedkd.errors import DeployError, UnreachableError
from fedkd.runtime.flower.installed import quiet

STOPPED, FAILED, COMPLETED = "finished:stopped", "finished:failed", "finished:completed"
_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Control:
    """A SuperLink, as Flower's command line reaches it.

    Attributes:
        home: Flower's folder, with its `config.toml`.
        connection: Name of the SuperLink there.
    """

    home: Path
    connection: str

    def start(self, app: Path, config: Mapping[str, str]) -> str:
        """Start a run; returns its number.

        Args:
            app: Folder of the app.
            config: Of the run.

        Raises:
            DeployError: The SuperLink will not have it.
            UnreachableError: It does not answer.
        """
        given = " ".join(f"{key}={json.dumps(value)}" for key, value in config.items())
        return str(self._asked("run", str(app), self.connection, "--run-config", given)["run-id"])

    def status(self, run: str) -> str:
        """How a run is: `pending`, `starting`, `running`, or `finished:` and how.

        Raises:
            DeployError: There is no such run.
            UnreachableError: The SuperLink does not answer.
        """
        found = self._asked("list", self.connection, "--run-id", run)["runs"]
        if not found:
            raise DeployError(f"the SuperLink knows no run {run}", "start a new one")
        return str(found[0]["status"])

    def stop(self, run: str) -> None:
        """Stop a run.

        Raises:
            DeployError: It does not run.
            UnreachableError: The SuperLink does not answer.
        """
        self._asked("stop", run, self.connection)

    def _asked(self, *arguments: str) -> dict[str, Any]:
        command = [str(Path(sys.executable).parent / "flwr"), *arguments, "--format", "json"]
        environment = {**os.environ, **quiet(self.home)}
        try:
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_TIMEOUT_S)
            found: dict[str, Any] = json.loads(done.stdout[done.stdout.index("{") :])
        except subprocess.TimeoutExpired as error:
            raise UnreachableError("the SuperLink does not answer", "see whether superlink.sh runs") from error
        except ValueError as error:
            said = (done.stderr or done.stdout).strip()[-300:]
            raise UnreachableError(f"`flwr {arguments[0]}` says {said!r}", "see whether superlink.sh runs") from error
        if not found.get("success"):
            said = str(found.get("error-message") or found)[:300]
            kind = UnreachableError if "unavailable" in said else DeployError
            raise kind(f"`flwr {arguments[0]}` says {said!r}", "see the SuperLink's log")
        return found
