"""Running one end of a deployment from its kit, over TLS."""

from __future__ import annotations

import asyncio
import os
import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import grpc

from fedkd.deployment import ScenarioPlan, ScenarioSite
from fedkd.errors import NotAllowedError
from fedkd.files import disk_errors
from fedkd.kits import MEMBERS, STATE, AggregatorKit, SiteKit, device_of, read_data, read_kit, read_test
from fedkd.kits.launchers import CONNECTION
from fedkd.record import Events
from fedkd.runtime.deploy import Desk, Door, Ledger, Participant, Patience, Session, SiteStore, host
from fedkd.runtime.deploy.attendance import Fate
from fedkd.runtime.flower.control import COMPLETED, FAILED, STOPPED, Control
from fedkd.runtime.heap import keep_heap
from fedkd.runtime.identity import Credentials, Members, check
from fedkd.wire.service.client import AggregatorClient
from sim.streams import Streams


def serve_kit(folder: Path, ready: Callable[[int], None], metrics: str | None = None) -> Desk:
    """Be the aggregator of a kit until the run is over; what an earlier process left there is gone on with.

    Args:
        folder: The kit.
        ready: Is told the port.
        metrics: `HOST:PORT` at which Prometheus may look; None for none.

    Raises:
        CertificateError: The server's is expired, not yet valid, or of another authority: nobody would come.
        FedkdError: The kit is damaged, the address cannot be had, or the disk is full; nothing accepted is lost.
    """
    kit, agreed = read_kit(folder, AggregatorKit)
    credentials = Credentials.read(folder)
    check(credentials.certificate, credentials.ca, datetime.now(UTC), server=True)
    state = folder / STATE
    with disk_errors(state):
        state.mkdir(exist_ok=True)
    shape = agreed.public.inputs.shape[1:]
    test = None if kit.test is None else read_test(folder / kit.test, shape, kit.classes)
    events = Events(state / "events.jsonl")
    events.mend()
    plan = ScenarioPlan(agreed, kit.sites, events, test)
    door = Door(
        kit.listen,
        grpc.ssl_server_credentials([(credentials.key, credentials.certificate)], credentials.ca, True),
    )
    keeper = doorkeeper(Members(folder / MEMBERS))
    keep_heap()
    parts = (
        plan,
        Ledger(state, agreed.digest),
        kit.rules,
        keeper,
        partial(fate, Control(folder / "flower", CONNECTION)),
    )
    if metrics is None:
        return asyncio.run(host(lambda: Desk(*parts), door, ready))
    # Only who asks for metrics needs what they need.
    from fedkd.runtime.deploy.metrics import Meter, MeteredDesk, served

    meter = Meter()
    with served(meter, metrics):
        return asyncio.run(host(lambda: MeteredDesk(meter, *parts), door, ready))


def fate(control: Control, run: str) -> Fate:
    """What became of a run of Flower's.

    Raises:
        FedkdError: It cannot be found out.
    """
    status = control.status(run)
    if status == STOPPED:
        return Fate.STOPPED
    return Fate.ENDED if status in (FAILED, COMPLETED) else Fate.GOES_ON


def doorkeeper(members: Members) -> Callable[[Any, str | None], None]:
    """Lets in whose certificate is on the list, as whom it names; administrators may ask in nobody's name."""

    def keep(context: Any, site: str | None) -> None:
        auth = context.auth_context()
        member = members.role_of(auth["x509_pem_cert"][0], datetime.now(UTC))
        if site is None and member.role != "admin":
            raise NotAllowedError(f"{member.name!r} is no administrator", "use the administrator's certificate")
        if site is not None and (member.role, member.name) != ("site", site):
            raise NotAllowedError(f"the certificate of {member.name!r} does not speak for {site!r}", "use its own")

    return keep


def dial(folder: Path, address: str) -> AggregatorClient:
    """A client with the certificate of a folder.

    Raises:
        CertificateError: It is expired, or of another authority, which a handshake would only show as a dead line.
    """
    credentials = Credentials.read(folder)
    check(credentials.certificate, credentials.ca, datetime.now(UTC))
    channel = grpc.ssl_channel_credentials(credentials.ca, credentials.key, credentials.certificate)
    return AggregatorClient(address, channel)


def _instance(node: int) -> str:
    """Names this process among all of all times and machines."""
    return f"{node or platform.node()[:30]}:{os.getpid()}-{time.time_ns():x}"


def read_site(folder: Path, told: Callable[[str], None]) -> tuple[SiteKit, ScenarioSite]:
    """What a site's kit says, and the site with its data.

    Args:
        folder: The kit.
        told: Hears a line where something takes long.

    Raises:
        FedkdError: The kit is damaged, or the data cannot be read or do not fit.
    """
    kit, agreed = read_kit(folder, SiteKit)
    shape = agreed.public.inputs.shape[1:]
    data = read_data(folder, kit, shape, Streams(agreed.scenario.seed))
    test = None if kit.test is None else read_test(folder / kit.test, shape, kit.classes)
    return kit, ScenarioSite(agreed, kit.site, data, device_of(folder, kit, agreed, told), test)


def run_site(folder: Path, epoch: int, patience: Patience, told: Callable[[str], None], node: int = 0) -> int:
    """Be the site of a kit until the federation is over; returns the last round that it took in.

    Args:
        folder: The kit.
        epoch: A higher one fences whatever else runs for this site.
        patience: How to try again.
        told: Hears a line where something takes long.
        node: Flower's number of the node that it runs at; 0 for none.

    Raises:
        FedkdError: As `Session.run` says; or the kit or the data are damaged.
    """
    kit, member = read_site(folder, told)
    client = dial(folder, kit.aggregator)
    participant = Participant(member, SiteStore(folder / STATE))
    keep_heap()
    try:
        return Session(participant, client, epoch, _instance(node), version("fedkd"), patience, told).run()
    finally:
        client.close()
