"""A server that is restored goes on as if it had never stopped."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.methods import Method
from fedkd.record.checkpoint import Checkpoint, newest, write_checkpoint

from .cases import METHODS, MIXED, SITES, contributions, make_server, make_setting, serve

# Prototypes are means of features, of which all networks must have equally many.
UNLIKE = [name for name, method in METHODS.items() if not method.one_architecture and name != "fedproto"]


def assert_same_answers(one, other, sites, round_):
    """Assert that two servers say the same, bit for bit."""
    for site in sites:
        pairs = zip(one.messages(site, round_), other.messages(site, round_), strict=True)
        for mine, theirs in pairs:
            assert (mine.kind, mine.round, mine.fingerprint) == (theirs.kind, theirs.round, theirs.fingerprint)
            for name, array in mine.arrays.items():
                np.testing.assert_array_equal(array, theirs.arrays[name], strict=True)
    assert one.students().keys() == other.students().keys()


@pytest.mark.parametrize("name", METHODS)
def test_state_and_restore_are_inverse(name, tmp_path):
    method, setting = METHODS[name], make_setting()
    first = make_server(method, setting)
    serve(first, setting, contributions(method, setting, 1), 1)

    # Through a file, as a run does it.
    write_checkpoint(tmp_path, Checkpoint(1, first.state(), {}, {}))
    second = make_server(method, setting)
    second.restore(newest(tmp_path).arrays)
    for server in (first, second):
        serve(server, setting, contributions(method, setting, 2), 2)

    assert isinstance(method, Method)
    assert_same_answers(first, second, SITES, 2)
    assert first.state().keys() == second.state().keys()
    for key, array in first.state().items():
        np.testing.assert_array_equal(array, second.state()[key], strict=True)


@pytest.mark.parametrize("name", UNLIKE)
def test_sites_may_have_unlike_networks(name):
    method, setting = METHODS[name], make_setting(rounds=2)
    server = make_server(method, setting, MIXED)

    serve(server, setting, contributions(method, setting, 1, MIXED), 1)
    serve(server, setting, contributions(method, setting, 2, MIXED), 2)

    assert not method.one_architecture
    specs = {site.spec for site in MIXED}
    assert set(server.students()) in (set(), specs)
    for site in MIXED:
        for message in server.messages(site, 2):
            hidden = message.arrays["head.weight"].shape[1] if "head.weight" in message.arrays else None
            assert hidden in (None, site.spec.options[0][1][0])


@pytest.mark.parametrize("name", METHODS)
def test_before_the_first_round_nothing_is_sent(name):
    server = make_server(METHODS[name], make_setting())

    assert all(server.messages(site, 0) == [] for site in SITES)


@pytest.mark.parametrize("name", UNLIKE)
def test_a_site_that_moves_to_a_new_network_is_served(name):
    method, setting = METHODS[name], make_setting()
    server = make_server(method, setting)

    server.enrol(MIXED[1])
    serve(server, setting, contributions(method, setting, 1, MIXED), 1)

    assert set(server.students()) in (set(), {site.spec for site in MIXED})
    server.messages(MIXED[1], 1)
