"""Processes that belong together: started with a log each, watched, and ended together, whatever happens."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from fedkd.distributed.tether import tethered
from fedkd.errors import WorkerDiedError
from fedkd.files import disk_errors

_GRACE_S = 5.0


@dataclass(frozen=True)
class _Member:
    process: subprocess.Popen[bytes]
    log: Path


class Troop:
    """A context that ends its processes, and theirs.

    Args:
        logs: Folder of the logs; made where absent.
        environment: Of all processes, beside that of this one.
    """

    def __init__(self, logs: Path, environment: Mapping[str, str]) -> None:
        self.logs = logs
        # Scripts find the programs of this interpreter's environment, activated or not.
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        self.environment = {**os.environ, "PATH": path, **environment}
        self._members: dict[str, _Member] = {}

    def __enter__(self) -> Troop:
        with disk_errors(self.logs):
            self.logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for sign in (signal.SIGTERM, signal.SIGKILL):
            for member in self._members.values():
                # A process may be gone while what it started goes on in its group.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(member.process.pid, sign)
            until_s = time.monotonic() + _GRACE_S
            while any(map(_alive, self._members.values())):
                if time.monotonic() > until_s:
                    break
                time.sleep(0.05)

    def start(self, name: str, command: Sequence[str]) -> None:
        """Start a process in a group of its own, with `LOGS/NAME.log` for what it prints."""
        log = self.logs / f"{name}.log"
        with disk_errors(log), log.open("ab") as file:
            process = subprocess.Popen(
                tethered(command),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=self.environment,
                start_new_session=True,
            )
        self._members[name] = _Member(process, log)

    def runs(self, name: str) -> bool:
        """Whether a process goes on; one that was never started does not."""
        return name in self._members and self._members[name].process.poll() is None

    def check(self) -> None:
        """Look after all of them.

        Raises:
            WorkerDiedError: One has failed; its last words.
        """
        for name, member in self._members.items():
            if member.process.poll():
                lines = member.log.read_text(errors="replace").strip().splitlines() or ["without a word"]
                what = f"'{name}' ended with code {member.process.returncode}: {lines[-1][:500]}"
                raise WorkerDiedError(what, f"see '{member.log}'")


def _alive(member: _Member) -> bool:
    """Whether anything is left of a process's group."""
    # A child that is over is in its group until somebody has looked.
    member.process.poll()
    try:
        os.killpg(member.process.pid, 0)
    except ProcessLookupError:
        return False
    return True
