"""The ServerApp: of a simulation it runs the rounds, for real machines it starts sessions and sees them through."""

from __future__ import annotations

import json
import re
import threading
import time
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from flwr.app import Context
from flwr.serverapp import Grid, ServerApp

from fedkd.apps.rounds import run_rounds
from fedkd.composition import compose, dump
from fedkd.errors import AbortedError, UnreachableError, VersionError
from fedkd.record import Run, is_run
from fedkd.rundir import run_directory
from fedkd.runtime.flower.installed import check_flower
from fedkd.runtime.flower.issuer import Issuer
from fedkd.serving import dial
from fedkd.simulation import record
from fedkd.wire.service.client import AggregatorClient
from fedkd.wire.v1 import aggregator_pb2 as pb

app = ServerApp()

_WORDS = re.compile(r"(?:'[^']*'|\"[^\"]*\"|\S)+")
"""Overrides; a value in quotes may have spaces, and keeps its quotes, which the reader of overrides wants."""

_AGAIN_S = 2.0


@app.main()
def main(grid: Grid, context: Context) -> None:
    """Do what the run's configuration asks for.

    Raises:
        VersionError: The app folder belongs to another version than the one that is installed.
        FedkdError: The run failed.
    """
    config = {key: str(value) for key, value in context.run_config.items()}
    if config["fedkd"] != version("fedkd"):
        what = f"the app is of fedkd {config['fedkd']}, {version('fedkd')} is installed"
        raise VersionError(what, "run the app folder of the fedkd that is installed")
    if config["admin"]:
        see_through(grid, Path(config["admin"]), config["aggregator"], str(context.run_id))
    else:
        simulate(grid, _WORDS.findall(config["scenario"]), config["run-dir"])


def simulate(grid: Grid, overrides: list[str], folder: str) -> None:
    """A simulation that `flwr run` asked for."""
    check_flower(simulation=True)
    if folder and is_run(Path(folder)):
        run = Run.open(Path(folder))
    else:
        chosen = [f"run.dir={folder}"] if folder else []
        scenario = compose([*overrides, *chosen, "runtime=flower"])
        run = Run.create(run_directory(scenario), dump(scenario))
    print(f"run directory: {run.path.absolute()}")
    run_rounds(grid, run.path)
    record(run.path)


def see_through(grid: Grid, admin: Path, address: str, run: str) -> None:
    """Sessions on real machines."""
    check_flower()
    client = dial(admin, address)
    try:
        office = ClientOffice(client)
        threading.Thread(target=office.attend, args=(run,), name="attends", daemon=True).start()
        Issuer(grid, office).run()
    finally:
        client.close()


class ClientOffice:
    """The aggregator's admin service, as an issuer asks it.

    Args:
        client: With an administrator's certificate.
    """

    def __init__(self, client: AggregatorClient) -> None:
        self.client = client
        self._aborted: str | None = None

    def attend(self, run: str) -> None:
        """Let the aggregator know that a run is looked after, for ever: if it hears no more, it asks what became.

        An abort is heard here at once. The aggregator may be gone when all sites have told Flower that they end.
        """
        while True:
            with suppress(UnreachableError):
                for event in self.client.watch(run):
                    if event.kind == "aborted":
                        self._aborted = str(json.loads(event.facts)["reason"])
            time.sleep(_AGAIN_S)

    def epochs(self) -> dict[str, int]:
        """The epoch of each site."""
        return {member.site: member.epoch for member in self.client.status().members}

    def sites_at(self, node: int) -> list[str]:
        """Sites whose last session was of a node."""
        members = self.client.status().members
        return [member.site for member in members if member.instance.startswith(f"{node}:")]

    def fence(self, site: str, epoch: int) -> int:
        """Let no session of a site below an epoch go on."""
        return self.client.fence(site, epoch)

    def over(self) -> str | None:
        """How the federation ended; None while it goes on.

        Raises:
            AbortedError: It was aborted.
        """
        if self._aborted is not None:
            raise _end(self._aborted)
        standing = self.client.status().standing
        if standing.phase == pb.Standing.PHASE_ABORTED:
            raise _end(standing.reason)
        return "finished" if standing.phase == pb.Standing.PHASE_FINISHED else None


def _end(reason: str) -> AbortedError:
    return AbortedError(f"the run was aborted: {reason}", "start a new one")
