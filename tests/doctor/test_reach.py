"""Ports, and the way to the server, with real sockets and a real gRPC server."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import threading
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer

import grpc
import pytest

from fedkd.doctor.finding import caught
from fedkd.doctor.ports import check_free
from fedkd.doctor.reach import check_aggregator, check_superlink
from fedkd.kits import aggregator_address, revoke, rotate
from fedkd.runtime.identity import Authority
from fedkd.wire.service.options import Connection
from fedkd.wire.service.server import serve
from tests.kits import clinics as clinic
from tests.kits.clinics import free_ports, provisioned


@pytest.fixture
def taken():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def free():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def clinics(tmp_path):
    return Authority.create(tmp_path / "authority", "clinics")


@pytest.fixture
def serving(clinics):
    """The address of a gRPC server with a certificate of the clinics, for another host if asked."""
    stops = []

    def begin(host: str = "127.0.0.1") -> str:
        own = clinics.issue_server([host], 90)
        credentials = grpc.ssl_server_credentials([(own.key, own.certificate)], own.ca, True)
        ready, port = threading.Event(), []
        loop = asyncio.new_event_loop()

        async def main() -> None:
            server, number = await serve({}, "127.0.0.1:0", credentials, Connection())
            port.append(number)
            stop = asyncio.Event()
            stops.append((loop, stop, thread))
            ready.set()
            await stop.wait()
            await server.stop(None)

        def run() -> None:
            loop.run_until_complete(main())
            loop.close()

        thread = threading.Thread(target=run)
        thread.start()
        assert ready.wait(30)
        return f"127.0.0.1:{port[0]}"

    yield begin
    for loop, stop, thread in stops:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)


def verdicts(folder, address):
    work = partial(check_aggregator, folder, "clinic-a", address)
    return {finding.check: finding for finding in caught("aggregator", work)}


def test_a_port_is_free_or_taken(free, taken):
    assert [finding.verdict for finding in check_free("aggregator", free)] == ["ok"]
    (finding,) = check_free("aggregator", taken)
    assert finding.verdict == "failed"
    assert "in use" in finding.what


def test_a_site_reaches_an_aggregator_that_asks_who_is_a_member(tmp_path):
    provisioned(tmp_path, ports=free_ports())
    kits, found = tmp_path / "kits", []
    shutil.copytree(kits / "clinic-a", tmp_path / "copy")

    with clinic.serving(kits):
        address = aggregator_address(kits)
        for change in (lambda: None, lambda: rotate(kits, "clinic-a", 30), lambda: revoke(kits, "clinic-a")):
            change()
            found.append(verdicts(tmp_path / "copy", address))
        stranger = list(check_aggregator(kits / "clinic-b", "clinic-a", address))[-1]

    passed = dict.fromkeys(("aggregator", "tls", "clock", "grpc"), "ok")
    assert [{check: finding.verdict for check, finding in each.items()} for each in found] == [
        passed | {"member": verdict} for verdict in ("ok", "failed", "failed")
    ]
    assert found[0]["tls"].what.startswith("TLSv1.3")
    assert "of 'clinic-a' is not, or no more, on the list of members" in found[1]["member"].what
    assert "'clinic-a' is revoked" in found[2]["member"].what
    assert (stranger.verdict, "does not speak for 'clinic-a'" in stranger.what) == ("failed", True)


def test_nobody_is_there(clinics, free, tmp_path):
    clinics.issue_site("clinic-a", 90).write(tmp_path)

    assert verdicts(tmp_path, free)["aggregator"].verdict == "failed"
    assert [finding.verdict for finding in check_superlink(tmp_path, free)] == ["warning"]


def test_a_server_of_another_name_or_authority(clinics, serving, tmp_path):
    clinics.issue_site("clinic-a", 90).write(tmp_path / "a")
    strangers = Authority.create(tmp_path / "strangers", "strangers")
    strangers.issue_site("clinic-a", 90).write(tmp_path / "b")

    named = verdicts(tmp_path / "a", serving("server.example.org"))["tls"]
    signed = verdicts(tmp_path / "b", serving())["tls"]

    assert (named.verdict, signed.verdict) == ("failed", "failed")
    assert "mismatch" in named.what
    assert "verify failed" in signed.what


def test_a_server_that_does_not_know_our_authority(clinics, serving, tmp_path):
    strangers = Authority.create(tmp_path / "strangers", "strangers")
    strangers.issue_site("clinic-a", 90).write(tmp_path)
    (tmp_path / "ca.crt").write_bytes(clinics.pem)

    found = verdicts(tmp_path, serving())

    # In TLS 1.3 the client's handshake is over before the server looks at its certificate.
    assert found["tls"].verdict == "ok"
    assert found["grpc"].verdict == "failed"


@pytest.mark.parametrize(("ahead_s", "verdict"), [(0, "ok"), (600, "warning")])
def test_the_clock_of_a_superlink(ahead_s, verdict, clinics, tmp_path):
    clinics.issue_server(["127.0.0.1"], 90).write(tmp_path)

    class Answers(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(404)
            self.end_headers()

        def date_time_string(self, timestamp=None) -> str:
            return super().date_time_string(time.time() + ahead_s)

        def log_message(self, *_) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        reached, clock = check_superlink(tmp_path, f"127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join(30)

    assert (reached.check, reached.verdict) == ("superlink", "ok")
    assert (clock.check, clock.verdict) == ("clock", verdict)


def test_something_else_listens_there(clinics, taken, tmp_path, monkeypatch):
    clinics.issue_site("clinic-a", 90).write(tmp_path)
    monkeypatch.setattr("fedkd.doctor.reach.PATIENCE_S", 0.2)

    assert verdicts(tmp_path, taken)["tls"].verdict == "failed"
