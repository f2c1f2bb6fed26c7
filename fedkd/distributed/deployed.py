"""A run by an aggregator and sites as they are deployed on real machines, all of them on this one."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from fedkd.addresses import split_address
from fedkd.deployment import Agreed
from fedkd.distributed.superlink import Fleet
from fedkd.distributed.troop import Troop
from fedkd.errors import UnreachableError
from fedkd.federation import Parts
from fedkd.kits import AGGREGATOR, TEST, Blueprint, Ports, SiteKit, read_kit
from fedkd.rehearsal import entries, rehearse
from fedkd.runtime import DeployRuntime
from fedkd.runtime.deploy import Rules
from fedkd.runtime.flower.installed import QUIET

KITS = Path("kits")
STATE = KITS / AGGREGATOR / "state"
_HERE = "127.0.0.1"
_DAYS = 7
_LISTEN_S = 120.0


class Processes:
    """An aggregator and sites at work.

    Args:
        troop: Their processes.
        names: Processes that end when all is done.
        fleet: Flower's part; None where sites were started directly.
    """

    def __init__(self, troop: Troop, names: Sequence[str], fleet: Fleet | None) -> None:
        self._troop = troop
        self._names = names
        self._fleet = fleet

    def goes_on(self) -> bool:
        """Whether somebody is still at work.

        Raises:
            WorkerDiedError: One has failed.
            DeployError: Flower's run has.
        """
        self._troop.check()
        if not any(map(self._troop.runs, self._names)):
            return False
        if self._fleet is not None:
            self._fleet.check()
        return True


@contextmanager
def start(runtime: DeployRuntime, agreed: Agreed, parts: Parts, folder: Path) -> Iterator[Processes]:
    """Write kits where there are none, and start a process for each; all of them end with the context.

    Args:
        runtime: Settings.
        agreed: What all ends hold.
        parts: The federation.
        folder: The run directory.

    Raises:
        UnreachableError: The aggregator, or the SuperLink, does not come up.
        DeployError: Flower will not have the sites, or the run.
    """
    kits = folder / KITS
    # The last file that a rehearsal writes.
    if not (kits / parts.names[-1] / TEST).exists():
        _write(kits, runtime, agreed, parts)
    kit = read_kit(kits / parts.names[0], SiteKit)[0]
    with Troop(folder / "logs", QUIET) as troop:
        log = folder / "logs" / f"{AGGREGATOR}.log"
        before = log.stat().st_size if log.exists() else 0
        troop.start(AGGREGATOR, [*_FEDKD, "aggregator", str(kits / AGGREGATOR)])
        _listens(troop, log, before)
        if runtime.flower:
            fleet = Fleet(troop, kits, parts.names)
            assert kit.superlink is not None, "provisioned kits name one"
            fleet.start(split_address(kit.superlink)[1], kit.aggregator, _free_ports(len(parts.names)))
            yield Processes(troop, [AGGREGATOR], fleet)
        else:
            # Started again, a site need not wait for the lease of its old process.
            epoch = str(time.time_ns() // 10**9)
            for name in parts.names:
                troop.start(name, [*_FEDKD, "site", str(kits / name), "--epoch", epoch])
            yield Processes(troop, [AGGREGATOR, *parts.names], None)


def _write(kits: Path, runtime: DeployRuntime, agreed: Agreed, parts: Parts) -> None:
    rules, ports = Rules(quorum=1.0, round_s=runtime.round_s), Ports(*_free_ports(2))
    blueprint = Blueprint("rehearsal", _HERE, entries(parts), ports, _HERE, rules=rules, days=_DAYS, test=TEST)
    rehearse(kits, blueprint, agreed, parts)


_FEDKD = (sys.executable, "-m", "fedkd.cli")


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def _listens(troop: Troop, log: Path, before: int) -> None:
    """Wait for the line that says so, after what an earlier process printed."""
    until_s = time.monotonic() + _LISTEN_S
    while b"listening" not in log.read_bytes()[before:]:
        troop.check()
        if time.monotonic() > until_s:
            raise UnreachableError("the aggregator does not come up", f"see '{log}'")
        time.sleep(0.05)
