"""Running one end of a deployment from its kit, over TLS."""

from __future__ import annotations

import asyncio
import os
import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import grpc

from fedkd.deployment import ScenarioPlan, ScenarioSite
from fedkd.errors import NotAllowedError
from fedkd.files import disk_errors
from fedkd.kits import MEMBERS, STATE, AggregatorKit, SiteKit, read_data, read_kit
from fedkd.record import Events
from fedkd.runtime.deploy import Desk, Door, Ledger, Patience, Session, SiteStore, host
from fedkd.runtime.heap import keep_heap
from fedkd.runtime.identity import Credentials, Members, check
from fedkd.wire.service.client import AggregatorClient


def serve_kit(folder: Path, ready: Callable[[int], None]) -> Desk:
    """Be the aggregator of a kit until the run is over; what an earlier process left there is gone on with.

    Args:
        folder: The kit.
        ready: Is told the port.

    Raises:
        FedkdError: The kit is damaged, the address cannot be had, or the disk is full; nothing accepted is lost.
    """
    kit, agreed = read_kit(folder, AggregatorKit)
    credentials = Credentials.read(folder)
    state = folder / STATE
    with disk_errors(state):
        state.mkdir(exist_ok=True)
    plan = ScenarioPlan(agreed, kit.sites, Events(state / "events.jsonl"))
    door = Door(
        kit.listen,
        grpc.ssl_server_credentials([(credentials.key, credentials.certificate)], credentials.ca, True),
    )
    keeper = doorkeeper(Members(folder / MEMBERS))
    keep_heap()
    return asyncio.run(host(lambda: Desk(plan, Ledger(state, agreed.digest), kit.rules, keeper), door, ready))


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


def _instance() -> str:
    """Names this process among all of all times and machines."""
    return f"{platform.node()[:30]}-{os.getpid()}-{time.time_ns():x}"


def run_site(folder: Path, epoch: int, patience: Patience) -> int:
    """Be the site of a kit until the federation is over; returns the last round that it took in.

    Args:
        folder: The kit.
        epoch: A higher one fences whatever else runs for this site.
        patience: How to try again.

    Raises:
        FedkdError: As `Session.run` says; or the kit or the data are damaged.
    """
    kit, agreed = read_kit(folder, SiteKit)
    shape = agreed.public.inputs.shape[1:]
    member = ScenarioSite(agreed, kit.site, read_data(folder / kit.data, shape, kit.classes), kit.device)
    client = dial(folder, kit.aggregator)
    store = SiteStore(folder / STATE)
    keep_heap()
    try:
        return Session(member, client, store, epoch, _instance(), version("fedkd"), patience).run()
    finally:
        client.close()
