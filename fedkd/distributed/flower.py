"""A run by Flower's simulation, in a process that can be ended: Flower waits for ever for a client that hangs."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fedkd.distributed.failure import find, forget
from fedkd.distributed.troop import Troop
from fedkd.runtime.deploy.ledger import FACTS
from fedkd.runtime.flower.installed import check_flower, quiet

STATE, SITES = "aggregator", "sites"
_NAME = "flower"
_GOODBYE_S = 20.0


class FlowerProcess:
    """Flower at work on a run.

    Args:
        troop: Its process.
        folder: The run directory.
    """

    def __init__(self, troop: Troop, folder: Path) -> None:
        self._troop = troop
        self._folder = folder
        self._until_s: float | None = None

    def goes_on(self) -> bool:
        """Whether rounds are still to come.

        Raises:
            FedkdError: What went wrong there.
        """
        if (error := find(self._folder)) is not None:
            raise error
        self._troop.check()
        if not self._troop.runs(_NAME):
            return False
        if self._until_s is None and b'"phase": "finished"' in _read(self._folder / STATE / FACTS):
            # Ray takes seconds to say goodbye, and for ever where a client hangs.
            self._until_s = time.monotonic() + _GOODBYE_S
        return self._until_s is None or time.monotonic() < self._until_s


@contextmanager
def start(folder: Path) -> Iterator[FlowerProcess]:
    """Start Flower on a run; all of its processes end with the context.

    Raises:
        VersionError: The Flower that is installed was not tested.
        MissingExtraError: There is no Ray.
    """
    check_flower(simulation=True)
    forget(folder)
    with Troop(folder / "logs", quiet(folder / "flower")) as troop:
        troop.start(_NAME, [sys.executable, "-m", "fedkd.apps.simulation", str(folder)])
        yield FlowerProcess(troop, folder)


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""
