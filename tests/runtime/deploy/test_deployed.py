"""A federation over gRPC: the simulation's messages, byte for byte, whatever happens on the way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fedkd.federation import Aggregation
from fedkd.runtime.deploy import Ledger
from fedkd.runtime.deploy.inbox import Inbox
from tests.tiny import ROUNDS, SITES, play, tiny

from .federation import ALONE, Deployed, Running


@pytest.fixture
def noted(monkeypatch):
    """Every message as the aggregator read or wrote it."""
    messages = {}
    read, answer = Aggregation.read, Aggregation.answer

    def reading(self, parts, site, round_):
        messages.update({(site, True, part.kind, round_): part.data for part in parts})
        return read(self, parts, site, round_)

    def answering(self, site, round_):
        parts = answer(self, site, round_)
        messages.update({(site, False, part.kind, round_): part.data for part in parts})
        return parts

    monkeypatch.setattr(Aggregation, "read", reading)
    monkeypatch.setattr(Aggregation, "answer", answering)
    return messages


def simulated(scenario, tmp_path):
    return {(m.site, m.up, m.kind, m.round): m.data for m in play(scenario, tmp_path / "simulated").messages}


SEARCHING = ("search=on_device", "search.rungs=[2,2]", "search.probe=8", "search.limit=2")


@pytest.mark.parametrize(("method", "overrides"), [("fedkdnas", SEARCHING), ("fedkdnas", ()), ("fedavg", ())])
def test_every_message_is_that_of_the_simulation(method, overrides, tmp_path, noted):
    scenario = tiny(method, *ALONE, *overrides)
    deployed = Deployed(scenario, tmp_path)

    with deployed.host() as hosted:
        sessions = [Running(deployed.session(i, hosted.port)) for i in range(SITES)]
        assert [session.result() for session in sessions] == [ROUNDS] * SITES
        hosted.join(30)

    assert noted == simulated(scenario, tmp_path)


def test_an_aggregator_that_is_killed_goes_on_where_it_was(tmp_path, noted):
    scenario = tiny("fedkdnas", *ALONE)
    deployed = Deployed(scenario, tmp_path)
    with deployed.host() as hosted:
        port = hosted.port
        sessions = [Running(deployed.session(i, port)) for i in range(SITES)]
        # Killed as soon as a contribution of the second round is on disk.
        inbox = Inbox(tmp_path / "aggregator" / "inbox")
        while not inbox.read(2, deployed.names):
            pass
        hosted.stop()

    with deployed.host(port) as hosted:
        assert hosted.port == port
        assert [session.result() for session in sessions] == [ROUNDS] * SITES
        hosted.join(30)

    assert noted == simulated(scenario, tmp_path)


def test_a_kill_right_after_the_last_round_leaves_a_finished_run(tmp_path):
    deployed = Deployed(tiny("fedmd", *ALONE), tmp_path)
    with deployed.host() as hosted:
        sessions = [Running(deployed.session(i, hosted.port)) for i in range(SITES)]
        assert [session.result() for session in sessions] == [ROUNDS] * SITES
        hosted.join(30)
    # What is on disk when the kill comes between the checkpoint of the last round and the note that it was the last.
    ledger = Ledger(tmp_path / "aggregator", deployed.agreed.digest)
    ledger.write(replace(ledger.facts, phase="running"))

    desk = deployed.desk()

    assert (desk.phase, desk.closed) == ("finished", ROUNDS)
