"""The way from a site to the server: a connection, then TLS, then gRPC, then the aggregator's list of members."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPSConnection
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2

from fedkd.addresses import split_address
from fedkd.doctor.certificates import check_clock
from fedkd.doctor.finding import Finding, Verdict
from fedkd.errors import FedkdError, FencedError, NotAMemberError
from fedkd.runtime.identity import Credentials, describe
from fedkd.runtime.identity.credentials import CA, CERTIFICATE, KEY
from fedkd.wire.service.client import AggregatorClient
from fedkd.wire.v1 import aggregator_pb2 as pb

PATIENCE_S, APART_S = 5.0, 60.0
_HEALTH = "/grpc.health.v1.Health/Check"


def check_aggregator(folder: Path, site: str, address: str) -> Iterator[Finding]:
    """Whether the aggregator answers, with a certificate of our authority, and lets the site in.

    Args:
        folder: The site's kit.
        site: Its name.
        address: `HOST:PORT`.

    Raises:
        CertificateError: The kit's credentials cannot be read.
    """
    credentials = Credentials.read(folder)
    yield (line := _connected("aggregator", address, "failed"))
    if line.verdict != "ok":
        return
    context = ssl.create_default_context(cafile=str(folder / CA))
    context.load_cert_chain(folder / CERTIFICATE, folder / KEY)
    context.set_alpn_protocols(["h2"])
    host, port = split_address(address)
    try:
        with (
            socket.create_connection((host, port), PATIENCE_S) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            shown, protocol = secure.getpeercert(binary_form=True), secure.version()
    except (OSError, ValueError) as error:
        fix = "compare the authority (ca.crt) of both kits, the address in the server's certificate, and the clocks"
        yield Finding("tls", "failed", f"{address} refuses ({error})", fix)
        return
    assert shown is not None
    yield Finding("tls", "ok", f"{protocol}, a certificate of our authority for {host}")
    yield check_clock(describe(ssl.DER_cert_to_PEM_cert(shown).encode()), datetime.now(UTC))
    yield (line := _serving(address, credentials))
    if line.verdict == "ok":
        yield _let_in(address, credentials, site)


def check_superlink(folder: Path, address: str) -> Iterator[Finding]:
    """Whether Flower's SuperLink is there, which not every federation has, and what time it is there.

    Args:
        folder: The site's kit.
        address: `HOST:PORT`.
    """
    yield (line := _connected("superlink", address, "warning"))
    if line.verdict != "ok":
        return
    host, port = split_address(address)
    context = ssl.create_default_context(cafile=str(folder / CA))
    try:
        connection = HTTPSConnection(host, port, timeout=PATIENCE_S, context=context)
        connection.request("HEAD", "/")
        said = connection.getresponse().getheader("Date")
        connection.close()
    except (OSError, ValueError, HTTPException) as error:
        fix = "compare the authority (ca.crt) of both kits, and what listens at that port"
        yield Finding("superlink", "warning", f"{address} is no SuperLink with our certificates ({error})", fix)
        return
    if said:
        apart_s = abs((parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
        fix = "" if apart_s <= APART_S else "set both clocks, with NTP for one"
        what = f"{apart_s:.0f} s from the server's"
        yield Finding("clock", "warning" if fix else "ok", what, fix)


def _connected(check: str, address: str, otherwise: Verdict) -> Finding:
    try:
        socket.create_connection(split_address(address), PATIENCE_S).close()
    except OSError as error:
        fix = "start it there, open the port in firewalls, or correct the address in kit.yaml"
        fix = fix if otherwise == "failed" else f"needed with Flower only: {fix}"
        return Finding(check, otherwise, f"{address} cannot be reached ({error.strerror or error})", fix)
    return Finding(check, "ok", f"{address} can be reached")


def _serving(address: str, held: Credentials) -> Finding:
    credentials = grpc.ssl_channel_credentials(held.ca, held.key, held.certificate)
    with grpc.secure_channel(address, credentials) as channel:
        request, response = health_pb2.HealthCheckRequest, health_pb2.HealthCheckResponse
        ask = channel.unary_unary(_HEALTH, request.SerializeToString, response.FromString)
        try:
            reply = ask(request(), timeout=PATIENCE_S)
        except grpc.RpcError as error:
            fix = "see the aggregator's log; it hangs up on certificates that it cannot verify"
            return Finding("grpc", "failed", f"{address} does not serve ({error.code().name})", fix)
    if reply.status == response.SERVING:
        return Finding("grpc", "ok", f"{address} serves")
    return Finding("grpc", "failed", f"{address} is not ready", "wait, then ask again")


def _let_in(address: str, held: Credentials, site: str) -> Finding:
    """Ask in the name of a session that never joined: who gets as far as being told so is on the list."""
    client = AggregatorClient(address, grpc.ssl_channel_credentials(held.ca, held.key, held.certificate))
    try:
        client.beat(pb.Session(site=site, epoch=1, instance="doctor"))
    except (NotAMemberError, FencedError):
        pass
    except FedkdError as error:
        return Finding("member", "failed", error.what, error.fix)
    finally:
        client.close()
    return Finding("member", "ok", f"{address} lets {site} in")
