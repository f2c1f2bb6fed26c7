"""Metrics, as Prometheus scrapes them, of a federation that is deployed in threads."""

from __future__ import annotations

import socket
import urllib.request
from importlib.metadata import version

import pytest

from fedkd.errors import OutOfRangeError, RefusedError, UnreachableError
from fedkd.runtime.deploy import Ledger
from fedkd.runtime.deploy.metrics import Meter, MeteredDesk, served
from fedkd.wire.envelope import FORMAT
from fedkd.wire.v1 import aggregator_pb2 as pb
from tests.tiny import ROUNDS, SITES, tiny

from .federation import ALONE, Deployed, Running


class Metered(Deployed):
    """A federation whose aggregator counts."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.meter = Meter()

    def desk(self):
        ledger = Ledger(self.folder / "aggregator", self.agreed.digest)
        return MeteredDesk(self.meter, self.plan, ledger, self.rules)


def scrape(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as reply:
        lines = reply.read().decode().splitlines()
    pairs = [line.rsplit(" ", 1) for line in lines if not line.startswith("#")]
    return {name: float(value) for name, value in pairs}


def test_a_run_is_counted_and_scraped(tmp_path):
    deployed = Metered(tiny("fedmd", *ALONE), tmp_path)

    with served(deployed.meter, "127.0.0.1:0") as port:
        with deployed.host() as hosted:
            assert hosted.port
            before = scrape(port)
            sessions = [Running(deployed.session(i, hosted.port)) for i in range(SITES)]
            assert [session.result() for session in sessions] == [ROUNDS] * SITES
            hosted.join(30)
        after = scrape(port)

    assert before['fedkd_phase{fedkd_phase="gathering"}'] == 1
    assert before["fedkd_rounds_closed_total"] == before["fedkd_bytes_up_total"] == before["fedkd_sites_live"] == 0
    assert before["fedkd_sites"] == SITES
    assert after['fedkd_phase{fedkd_phase="finished"}'] == 1
    assert after["fedkd_rounds_closed_total"] == after["fedkd_round_seconds_count"] == ROUNDS
    assert after['fedkd_contributions_total{verdict="ok"}'] == ROUNDS * SITES
    assert after["fedkd_bytes_up_total"] > 100 * ROUNDS * SITES
    assert [after[f'fedkd_site_lag_rounds{{site="{name}"}}'] for name in deployed.names] == [0] * SITES


def test_who_is_refused_is_counted(tmp_path):
    deployed = Metered(tiny("fedmd", *ALONE), tmp_path)
    session = pb.Session(site=deployed.names[0], epoch=1, instance="a")

    with served(deployed.meter, "127.0.0.1:0") as port, deployed.host() as hosted:
        client, plan = deployed.client(hosted.port), deployed.plan
        about = {"format": FORMAT, "package": version("fedkd"), "device": deployed.site(0).device}
        agreed = {"agreement": plan.agreement, "public_set": plan.public_set}
        client.join(pb.JoinRequest(session=session, **about, **agreed))
        with pytest.raises(RefusedError, match="before the first round"):
            client.push(pb.Head(session=session, round=1), [])
        found = scrape(port)

    assert found['fedkd_contributions_total{verdict="refused"}'] == 1
    assert found["fedkd_sites_live"] == 1


def test_addresses_are_checked():
    with pytest.raises(OutOfRangeError, match="is no address"), served(Meter(), "9464"):
        pass
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UnreachableError, match="for metrics"), served(Meter(), f"127.0.0.1:{port}"):
            pass
