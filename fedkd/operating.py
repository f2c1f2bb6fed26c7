"""Operating a deployment from the server: start its run by Flower, follow it, stop it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from fedkd.distributed.superlink import APP
from fedkd.errors import ConfigFileError, DeployError, UnreachableError
from fedkd.files import write_whole
from fedkd.kits import ADMIN, AGGREGATOR, aggregator_address
from fedkd.kits.launchers import CONNECTION
from fedkd.runtime.flower.control import COMPLETED, FAILED, STOPPED, Control
from fedkd.runtime.flower.installed import check_flower
from fedkd.serving import dial
from fedkd.wire.service.client import AggregatorClient
from fedkd.wire.v1 import aggregator_pb2 as pb

_RUN, _FINISHED = "run.json", "finished"
_LOOK_S, _BEGINS_S = 10.0, 60.0


def start_run(kits: Path) -> str:
    """Start the run; returns its number.

    Args:
        kits: All kits, on the machine of the SuperLink.

    Raises:
        VersionError: The Flower that is installed was not tested.
        UnreachableError: The aggregator or the SuperLink does not answer.
        DeployError: The SuperLink will not have the run, or it failed at once.
    """
    check_flower()
    admin, address, control = kits / ADMIN, aggregator_address(kits), _control(kits)
    client = dial(admin, address)
    client.status()
    client.close()
    run = control.start(APP, {"admin": str(admin.absolute()), "aggregator": address})
    write_whole(admin / _RUN, json.dumps({"run": run}).encode())
    until_s = time.monotonic() + _BEGINS_S
    while (status := control.status(run)) in ("pending", "starting") and time.monotonic() < until_s:
        time.sleep(1.0)
    _refuse(run, status)
    return run


def follow(kits: Path, told: Callable[[str], None]) -> None:
    """Tell what happens until the federation is over.

    Args:
        kits: All kits.
        told: Hears a line for each round.

    Raises:
        DeployError: The run failed, was stopped, or was aborted.
    """
    control, run = _control(kits), _run(kits)
    client = dial(kits / ADMIN, aggregator_address(kits))
    heard, looked_s = "", time.monotonic()
    try:
        while (line := _standing(client)) != _FINISHED:
            if line and line != heard:
                heard = line
                told(line)
            if time.monotonic() - looked_s > _LOOK_S:
                looked_s = time.monotonic()
                with suppress(UnreachableError):
                    if (status := control.status(run)) == COMPLETED:
                        break
                    _refuse(run, status)
            time.sleep(0.5)
        told(_FINISHED)
    finally:
        client.close()


def _standing(client: AggregatorClient) -> str:
    """Where the federation stands; empty where the aggregator does not say, as after its last round."""
    try:
        reply = client.status()
    except UnreachableError:
        return ""
    standing = reply.standing
    if standing.phase == pb.Standing.PHASE_ABORTED:
        raise DeployError(f"the federation was aborted: {standing.reason}", "start a new one")
    if standing.phase == pb.Standing.PHASE_FINISHED:
        return _FINISHED
    here = sum(member.live for member in reply.members)
    return f"round {standing.round} of {reply.rounds}, {here} of {len(reply.members)} sites here"


def stop_run(kits: Path, reason: str) -> Iterator[str]:
    """End the federation; says what was done.

    Args:
        kits: All kits.
        reason: What the sites are told.
    """
    client = dial(kits / ADMIN, aggregator_address(kits))
    try:
        client.abort(reason)
        yield "the aggregator tells the sites"
    except UnreachableError as error:
        yield f"the aggregator was not told: {error.what}"
    finally:
        client.close()
    if not (kits / ADMIN / _RUN).exists():
        return
    try:
        _control(kits).stop(run := _run(kits))
        yield f"Flower's run {run} is stopped"
    except (DeployError, UnreachableError) as error:
        yield f"Flower's run goes on, or is over: {error.what}"


def _refuse(run: str, status: str) -> None:
    if status in (FAILED, STOPPED):
        fix = "see the SuperLink's log; sites that have begun go on with the aggregator"
        raise DeployError(f"Flower's run {run} is {status}", fix)


def _run(kits: Path) -> str:
    path = kits / ADMIN / _RUN
    try:
        return str(json.loads(path.read_bytes())["run"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigFileError(f"'{path}' names no run ({error})", "start one with fedkd deploy start") from error


def _control(kits: Path) -> Control:
    return Control(kits / AGGREGATOR / "flower", CONNECTION)
