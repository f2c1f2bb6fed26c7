"""What the aggregator remembers of sites: their last votes, and their histograms if they share them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fedkd.aggregate import CountVote, Mean, Staleness
from fedkd.knowledge import Kind
from fedkd.methods import FedKDNASPaper
from fedkd.methods.ensemble import EnsembleRecipe, EnsembleServer
from fedkd.methods.soft_labels import SoftLabelClient
from fedkd.wire import WireContext

from .cases import PLAIN, RECIPE, SITES, make_setting, table

SURE_OF_0, SURE_OF_2 = np.tile([1, 0, 0], (6, 1)), np.tile([0, 0, 1], (6, 1))


@pytest.fixture
def setting():
    return make_setting()


def says(values, sender: str, round_: int):
    return replace(table(values), sender=sender, round=round_)


def server_with(setting, staleness: Staleness) -> EnsembleServer:
    return EnsembleServer(setting, SITES, EnsembleRecipe(Mean(), staleness=staleness), Kind.PROBS)


def test_an_absent_site_still_counts_for_a_while(setting):
    server = server_with(setting, Staleness(rounds=1, power=1.0))

    server.collect([says(SURE_OF_0, "site-00", 1), says(SURE_OF_2, "site-01", 1)], 1)
    server.collect([says(SURE_OF_0, "site-00", 2)], 2)
    second = server.targets
    server.collect([says(SURE_OF_0, "site-00", 3)], 3)

    # Age 1 weighs a half: 1 to 0.5. At age 2 nothing is left.
    np.testing.assert_allclose(second, np.tile([2 / 3, 0, 1 / 3], (6, 1)), rtol=1e-6)
    np.testing.assert_allclose(server.targets, SURE_OF_0)


def test_without_staleness_only_the_round_counts(setting):
    server = server_with(setting, Staleness())

    server.collect([says(SURE_OF_0, "site-00", 1), says(SURE_OF_2, "site-01", 1)], 1)
    server.collect([says(SURE_OF_0, "site-00", 2)], 2)

    np.testing.assert_allclose(server.targets, SURE_OF_0)
    assert not any(key.startswith("heard") for key in server.state())


def test_what_was_heard_outlives_a_restart(setting):
    server, restored = (server_with(setting, Staleness(rounds=2)) for _ in range(2))
    server.collect([says(SURE_OF_0, "site-00", 1), says(SURE_OF_2, "site-01", 1)], 1)

    restored.restore(server.state())
    for one in (server, restored):
        one.collect([says(SURE_OF_0, "site-00", 2)], 2)

    np.testing.assert_array_equal(server.targets, restored.targets)
    assert server.state().keys() == restored.state().keys()


def test_a_guard_judges_those_who_speak_and_remembers_its_verdict(setting):
    asked = []

    class Doubt:
        """Trusts the second site by half, and asks nothing of those who are silent."""

        def __call__(self, votes, memory):
            asked.append(votes.senders)
            weights = np.array([0.5 if s == "site-01" else 1 for s in votes.senders], np.float32)
            return votes.reweighted(weights), memory

    recipe = EnsembleRecipe(Mean(), guard=Doubt(), staleness=Staleness(rounds=3, power=0))
    server, restored = (EnsembleServer(setting, SITES, recipe, Kind.PROBS) for _ in range(2))
    server.collect([says(SURE_OF_0, "site-00", 1), says(SURE_OF_2, "site-01", 1)], 1)
    restored.restore(server.state())

    for one in (server, restored):
        one.collect([says(SURE_OF_0, "site-00", 2)], 2)

    assert asked == [("site-00", "site-01"), ("site-00",), ("site-00",)]
    for one in (server, restored):
        np.testing.assert_allclose(one.targets, np.tile([2 / 3, 0, 1 / 3], (6, 1)), rtol=1e-6)


def test_sites_share_their_histograms_if_asked_to(setting):
    client = SoftLabelClient(setting, RECIPE, shares_histogram=True)

    labels, counts = client.report(SITES[1], client.start(SITES[1]), 1, {"public": np.zeros((6, 3), np.float32)})

    # Seven samples with labels 0, 1, 2, 0, 1, 2, 0.
    assert (labels.kind, counts.kind) == (Kind.PROBS, Kind.COUNTS)
    assert (counts.rows.tolist(), counts.arrays["counts"].tolist()) == ([0, 1, 2], [3, 2, 2])


def test_histograms_reach_the_fusion(setting):
    method = FedKDNASPaper(EnsembleRecipe(CountVote()), PLAIN, RECIPE, shares_histogram=True)
    client, server = method.client(setting), method.server(setting, SITES)
    sent = [k for s in SITES for k in client.report(s, client.start(s), 1, {"public": np.zeros((6, 3), np.float32)})]

    server.collect(sent, 1)
    again = method.server(setting, SITES)
    again.restore(server.state())

    assert [k.kind for k in sent] == [Kind.PROBS, Kind.COUNTS] * 2
    np.testing.assert_allclose(server.targets, np.full((6, 3), 1 / 3), atol=1e-6)
    assert server.state().keys() == again.state().keys()
    data = method.codec(Kind.COUNTS, up=True).encode(sent[1], WireContext())
    assert len(data) < 120
