"""Operating a deployment from the server: start its run by Flower, follow it, stop it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fedkd.distributed.superlink import APP
from fedkd.errors import AbortedError, ConfigFileError, DeployError, UnreachableError
from fedkd.files import write_whole
from fedkd.kits import ADMIN, AGGREGATOR, STATE, AggregatorKit, aggregator_address, read_kit
from fedkd.kits.launchers import CONNECTION
from fedkd.runtime.deploy.ledger import FACTS, Ledger
from fedkd.runtime.flower.control import COMPLETED, FAILED, STOPPED, Control
from fedkd.runtime.flower.installed import check_flower
from fedkd.serving import dial
from fedkd.wire.service.client import AggregatorClient
from fedkd.wire.v1 import aggregator_pb2 as pb

_RUN, _FINISHED = "run.json", "finished"
_LOOK_S, _BEGINS_S, _ENDS_S = 10.0, 60.0, 75.0
_ALONE_S, _SILENT_S = 30.0, 300.0
"""How long nobody may be there once Flower's run is over, and how long the aggregator may say nothing."""


def start_run(kits: Path) -> str:
    """Start the run; returns its number.

    Args:
        kits: All kits, on the machine of the SuperLink.

    Raises:
        VersionError: The Flower that is installed was not tested.
        UnreachableError: The aggregator or the SuperLink does not answer.
        DeployError: The SuperLink will not have the run, it failed at once, or an earlier one goes on.
    """
    check_flower()
    admin, address, control = kits / ADMIN, aggregator_address(kits), _control(kits)
    client = dial(admin, address)
    client.status()
    client.close()
    _require_over(control, admin)
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
        AbortedError: The federation was ended before its time.
        DeployError: Flower's run is over and no site is there.
        UnreachableError: The aggregator is gone, with the federation unfinished.
    """
    control, run = _control(kits), _run(kits)
    client = dial(kits / ADMIN, aggregator_address(kits))
    heard = over = ""
    looked_s = answered_s = here_s = time.monotonic()
    try:
        while (standing := _standing(client, kits)).line != _FINISHED:
            now_s = time.monotonic()
            answered_s, here_s = now_s if standing.line else answered_s, now_s if standing.here else here_s
            if standing.line not in ("", heard):
                told(heard := standing.line)
            if not over and now_s - looked_s > _LOOK_S:
                looked_s, status = now_s, _status(control, run)
                if status == COMPLETED:
                    break
                if status in (FAILED, STOPPED):
                    over = status
                    told(f"Flower's run {run} is {over}; sites that have begun go on with the aggregator")
            if now_s - answered_s > _SILENT_S:
                what = f"the aggregator has not answered for {_SILENT_S:g} s, and was not done"
                raise UnreachableError(what, "start aggregator.sh again: it goes on where it was")
            if over and now_s - here_s > _ALONE_S:
                _refuse(run, over)
            time.sleep(0.5)
        told(_FINISHED)
    finally:
        client.close()


def _status(control: Control, run: str) -> str:
    try:
        return control.status(run)
    except UnreachableError:
        # Sites and aggregator do without a SuperLink.
        return ""


@dataclass(frozen=True)
class _Standing:
    """Where the federation stands, in a line that is empty where nobody says, and how many sites are here."""

    line: str
    here: int = 0


def _standing(client: AggregatorClient, kits: Path) -> _Standing:
    try:
        reply = client.status()
    except UnreachableError:
        return _Standing(_left_behind(kits))
    standing = reply.standing
    if standing.phase == pb.Standing.PHASE_ABORTED:
        raise _aborted(standing.reason)
    if standing.phase == pb.Standing.PHASE_FINISHED:
        return _Standing(_FINISHED)
    here = sum(member.live for member in reply.members)
    line = f"round {standing.round} of {reply.rounds}, {here} of {len(reply.members)} sites here"
    return _Standing(line, here)


def _left_behind(kits: Path) -> str:
    """How it ended, from what an aggregator of this folder keeps: it goes as soon as all sites have said goodbye."""
    folder = kits / AGGREGATOR
    if not (folder / STATE / FACTS).exists():
        return ""
    facts = Ledger(folder / STATE, read_kit(folder, AggregatorKit)[1].digest).facts
    if facts.phase == "aborted":
        raise _aborted(facts.reason)
    return _FINISHED if facts.phase == "finished" else ""


def _aborted(reason: str) -> AbortedError:
    return AbortedError(f"the federation was aborted: {reason}", "start a new one")


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
    run = _run(kits)
    try:
        _control(kits).stop(run)
        yield f"Flower's run {run} is stopped"
    except DeployError:
        # A ServerApp that hears of an abort ends by itself.
        yield f"Flower's run {run} is over"
    except UnreachableError as error:
        yield f"Flower's run was not told: {error.what}"


def _require_over(control: Control, admin: Path) -> None:
    """Of two runs each would fence the sessions of the other. One whose ServerApp was killed is over in a minute."""
    if not (admin / _RUN).exists():
        return
    run, until_s = _run(admin.parent), time.monotonic() + _ENDS_S
    while (status := _known(control, run)) not in ("", FAILED, STOPPED, COMPLETED):
        if time.monotonic() > until_s:
            raise DeployError(f"Flower's run {run} is {status} still", "end it with fedkd deploy stop")
        time.sleep(1.0)


def _known(control: Control, run: str) -> str:
    try:
        return control.status(run)
    except DeployError:
        # Of a SuperLink that has forgotten it.
        return ""


def _refuse(run: str, status: str) -> None:
    if status in (FAILED, STOPPED):
        raise DeployError(f"Flower's run {run} is {status}", "see the SuperLink's log; start a new one")


def _run(kits: Path) -> str:
    path = kits / ADMIN / _RUN
    try:
        return str(json.loads(path.read_bytes())["run"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigFileError(f"'{path}' names no run ({error})", "start one with fedkd deploy start") from error


def _control(kits: Path) -> Control:
    return Control(kits / AGGREGATOR / "flower", CONNECTION)
