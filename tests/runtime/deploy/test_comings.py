"""Sites that come late, come back, come out of another federation, or describe what is no device."""

from __future__ import annotations

import json
import shutil
import threading
import time
from dataclasses import replace

import pytest

from fedkd.deployment import ScenarioSite, read_device
from fedkd.errors import AbortedError, RefusedError, WrongTypeError
from fedkd.runtime.deploy.rules import Rules
from sim.device import Budget
from tests.tiny import ROUNDS, tiny

from .federation import ALONE, Deployed, Running


def federation(folder, sites=2, **rules):
    rules = {"quorum": 1.0, "round_s": 30, "lease_s": 5, **rules}
    return Deployed(tiny("fedkdnas", *ALONE, f"federation.sites={sites}"), folder, Rules(**rules))


def until(told, timeout_s=20):
    end_s = time.monotonic() + timeout_s
    while not told():
        assert time.monotonic() < end_s, "it did not come to pass"
        time.sleep(0.005)


def test_a_site_that_trains_while_the_aggregator_is_started_again_is_still_counted(tmp_path):
    deployed = federation(tmp_path, lease_s=0.5)
    trains, go_on = threading.Event(), threading.Event()
    with deployed.host() as hosted:
        port = hosted.port
        slow = deployed.session(1, port)
        speak = slow.participant.speak

        def speaking():
            trains.set()
            assert go_on.wait(20)
            return speak()

        slow.participant.speak = speaking
        sessions = [Running(deployed.session(0, port)), Running(slow)]
        assert trains.wait(20)
        hosted.stop()
    with deployed.host(port) as hosted:
        client = deployed.client(hosted.port)
        until(lambda: client.status().members[1].live)
        time.sleep(1.5)  # three leases of training

        assert client.status().members[1].live
        assert client.status().standing.round == 1
        go_on.set()
        assert [session.result() for session in sessions] == [ROUNDS] * 2


def test_a_site_that_comes_after_the_beginning_is_told_so(tmp_path):
    deployed = federation(tmp_path, quorum=0.5, gather_s=1.0)
    with deployed.host() as hosted:
        first = Running(deployed.session(0, hosted.port))
        until(lambda: deployed.client(hosted.port).status().members[0].network)
        late = Running(deployed.session(1, hosted.port))

        refused = late.result(10)
        assert isinstance(refused, RefusedError)
        assert "the federation began without 'site-01'" in refused.what
        assert first.result() == ROUNDS


def test_a_site_that_lost_its_disk_begins_again_with_its_network(tmp_path):
    deployed = federation(tmp_path)
    with deployed.host() as hosted:
        other = Running(deployed.session(1, hosted.port))
        lost = deployed.session(0, hosted.port)
        lost._push = lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
        assert isinstance(Running(lost).result(20), KeyboardInterrupt)
        spec = lost.participant.chosen
        shutil.rmtree(tmp_path / "site-00")

        again = deployed.session(0, hosted.port, epoch=2)

        assert Running(again).result() == ROUNDS
        assert again.participant.chosen == spec
        assert other.result() == ROUNDS


def test_a_site_whose_state_is_ahead_is_refused(tmp_path):
    deployed = federation(tmp_path)
    with deployed.host() as hosted:
        sessions = [Running(deployed.session(i, hosted.port)) for i in range(2)]
        assert [session.result() for session in sessions] == [ROUNDS] * 2
        hosted.join(30)
    shutil.rmtree(tmp_path / "aggregator")

    with deployed.host() as hosted:
        refused = Running(deployed.session(0, hosted.port)).result(10)

    assert isinstance(refused, RefusedError)
    assert f"'site-00' has taken in round {ROUNDS}, the last one that was closed here is 0" in refused.what


def test_a_device_that_nothing_fits_ends_the_federation_with_a_sentence(tmp_path):
    deployed = federation(tmp_path)
    deployed.fleet = (replace(deployed.fleet[0], budget=Budget(parameters=1)), deployed.fleet[1])
    with deployed.host() as hosted:
        sessions = [Running(deployed.session(i, hosted.port)) for i in range(2)]

        for ended in (session.result(20) for session in sessions):
            assert isinstance(ended, AbortedError)
            assert "site" in ended.what or "device" in ended.what
        hosted.join(30)


DEVICE = {"name": "d", "macs_per_s": 1e9, "share": 1.0, "budget": {}}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({**DEVICE, "_target_": "this.X"}),
        json.dumps({**DEVICE, "budget": {"_target_": "antigravity.X"}}),
        json.dumps({**DEVICE, "macs_per_s": float("nan")}),
        json.dumps({**DEVICE, "macs_per_s": float("inf")}),
        "[" * 100_000,
        "[]",
    ],
)
def test_what_describes_no_device_is_refused_and_imports_nothing(text, capsys):
    with pytest.raises(WrongTypeError):
        read_device(text)

    assert capsys.readouterr().out == ""


def test_a_device_survives_the_wire(tmp_path):
    deployed = federation(tmp_path)
    site: ScenarioSite = deployed.site(0)

    assert read_device(site.device) == deployed.fleet[0]
