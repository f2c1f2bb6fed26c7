"""Flower on real hosts: it starts the sites by the kits' own scripts, and whatever becomes of it, the rounds go on.

One SuperLink and four SuperNodes stay up for all tests; each test has a federation of its own. What is asserted is what
the aggregator wrote down, and which processes are left.
"""

from __future__ import annotations

import re
import shutil
import time
from dataclasses import dataclass

import pytest

from fedkd.errors import AbortedError
from fedkd.record.checkpoint import newest
from tests.e2e.fleet import Process, hosts_or_skip, wait_for
from tests.e2e.flower_fleet import FlowerFleet, provision
from tests.e2e.hosts import NETWORK
from tests.tiny import SITES, play, tiny, tiny_overrides

pytestmark = pytest.mark.long

NAMES = [f"site-{i:02d}" for i in range(SITES)]
ROUNDS = 20
OVERRIDES = ("runtime.processes=1", "runtime.cohort=1")
FINITE = ("fedkdnas", *OVERRIDES, f"federation.rounds={ROUNDS}")
PACED = ("fedavg", *OVERRIDES, "federation.rounds=300", "method._target_=tests.e2e.paced.PacedFedAvg")
GONE_S = 15.0


@pytest.fixture(scope="module")
def flower(tmp_path_factory):
    """Hosts, SuperLink and SuperNodes, and the kits of two federations."""
    folder = tmp_path_factory.mktemp("flower")
    with hosts_or_skip(SITES) as network:
        fleet = FlowerFleet(network, folder)
        for name, overrides in (("finite", FINITE), ("paced", (*PACED, f"+method.hurry={folder / 'hurry'}"))):
            kits = provision(folder, fleet, tiny(*overrides), tiny_overrides(*overrides))
            shutil.copytree(kits, folder / name)
        fleet.carry(folder / "finite")
        fleet.start_superlink()
        fleet.register()
        for index in range(SITES):
            fleet.supernode(index)
        yield fleet


@dataclass
class Begun:
    """A federation at work: its aggregator, and who started it and watches."""

    aggregator: Process
    watching: Process


@pytest.fixture
def begin(flower):
    """Begin a federation of the kits that are named, and end what is left of it."""
    begun = []

    def make(name, **rules):
        (flower.folder / "hurry").unlink(missing_ok=True)
        flower.carry(flower.folder / name, **{"lease_s": 4.0, **rules})
        begun.append(Begun(flower.aggregator(), flower.deploy("start")))
        return begun[-1]

    yield make
    for one in begun:
        if one.aggregator.runs:
            # Only after a failure.
            flower.deploy("stop").ended()
            one.aggregator.ended()
        if one.watching.runs:
            one.watching.kill()


def wait_for_rounds(fleet, number=2):
    """Wait until so many more rounds are closed."""
    since = fleet.closed()
    wait_for(lambda: fleet.closed() >= since + number)


def test_a_federation_that_flower_starts_ends_as_the_simulation_does(flower, begin, tmp_path):
    began_s = time.monotonic()
    begun = begin("finite", quorum=1.0)

    code, out, err = begun.watching.ended(200)

    print(f"start -> finished: {time.monotonic() - began_s:.1f} s")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == "finished"
    assert begun.aggregator.ended() == (0, f"listening at port 8090\nfinished after round {ROUNDS}\n", "")
    assert [(r["round"], sorted(r["bytes_up"]), r["missing"]) for r in flower.rounds()] == [
        (round_, NAMES, []) for round_ in range(1, ROUNDS + 1)
    ]
    play(tiny(*FINITE), tmp_path / "run")
    simulated = newest(tmp_path / "run" / "checkpoints").arrays["server::targets"].tobytes()
    assert newest(flower.state / "checkpoints").arrays["server:targets"].tobytes() == simulated
    # What is a site's stays with it, and there is no way out for anybody.
    assert all((flower.disk(name) / "kit" / "state").is_dir() for name in NAMES)
    assert not [p for p in flower.disk("server").rglob("*") if p.name == "samples.npz" or p.name == "networks"]
    assert {tuple(host.routes()) for host in flower.hosts} == {(NETWORK,)}


STOPS = ("fedkd deploy stop", "flwr stop", "it is too few")


@pytest.mark.parametrize("how", STOPS)
def test_a_federation_that_is_stopped_ends_everywhere(how, flower, begin):
    # Below the quorum a round of one second may be extended twice.
    rules = {"quorum": 1.0, "round_s": 1.0, "extensions": 2} if how == STOPS[2] else {}
    begun = begin("paced", **rules)
    wait_for_rounds(flower)
    assert len(flower.clientapps()) == SITES
    began_s = time.monotonic()

    if how == STOPS[0]:
        reason = "enough"
        code, out, err = flower.deploy("stop", "--reason", reason).ended()
        assert (code, err) == (0, "")
        # The ServerApp hears of the abort as well, and may be faster.
        assert re.search(rf"Flower's run {flower.run_number()} is (stopped|over)", out)
    elif how == STOPS[1]:
        reason = f"run {flower.run_number()} was stopped"
        flower.flwr("stop", flower.run_number(), "federation")
    else:
        reason = "4 sites that it needs, site-03 did not come"
        (hung,) = flower.processes(flower.host(3), "flwr-clientapp")
        hung.suspend()
    said_s = time.monotonic()
    wait_for(lambda: len(flower.clientapps()) == (how == STOPS[2]), timeout_s=60)

    gone_s = time.monotonic()
    print(f"{how}: said in {said_s - began_s:.1f} s, no site at work {gone_s - said_s:.1f} s later")
    assert gone_s - said_s < GONE_S
    assert flower.facts()["phase"] == "aborted"
    assert flower.facts()["reason"].endswith(reason)
    code, out, _ = begun.aggregator.ended(60)
    assert code == AbortedError.code
    assert out.splitlines()[-1].endswith(reason)
    code, _, err = begun.watching.ended(60)
    assert code == AbortedError.code
    assert f"the federation was aborted: {flower.facts()['reason']}" in err
    # Nobody begins anew.
    time.sleep(8)
    assert len(flower.clientapps()) == (how == STOPS[2])
    if how == STOPS[2]:
        # Awake again, it would look for the aggregator until it gives up.
        hung.kill()
    assert len(flower.supernodes()) == SITES


def test_sites_go_on_when_the_serverapp_and_the_superlink_are_killed(flower, begin):
    begun = begin("paced")
    wait_for_rounds(flower)
    at_work = {process.pid for process in flower.clientapps()}

    flower.serverapp().kill()
    wait_for_rounds(flower, 5)
    flower.superlink.kill()
    wait_for_rounds(flower, 5)
    assert begun.watching.runs
    (flower.folder / "hurry").touch()
    finished = begun.aggregator.ended(150)

    assert finished == (0, "listening at port 8090\nfinished after round 300\n", "")
    assert_all_rounds(flower)
    assert not [round_ for round_ in flower.rounds() if round_["missing"]]
    assert at_work >= {process.pid for process in flower.clientapps()}
    code, out, err = begun.watching.ended(60)
    assert (code, out.splitlines()[-1], err) == (0, "finished", "")
    flower.start_superlink()
    wait_for(lambda: not flower.clientapps())


def test_a_superlink_that_is_started_again_knows_its_nodes_and_a_new_run_goes_on(flower, begin):
    begun = begin("paced")
    wait_for_rounds(flower)
    flower.superlink.kill()
    begun.aggregator.kill()
    flower.start_superlink()
    begun.aggregator = flower.aggregator()
    assert begun.watching.runs
    told, began_s = flower.closed(), time.monotonic()

    watching = flower.deploy("start")

    wait_for(lambda: set(flower.facts()["epochs"].values()) == {2})
    wait_for(lambda: flower.closed() > told + 5 and not flower.rounds()[-1]["missing"])
    print(f"new run -> all sites counted: {time.monotonic() - began_s:.1f} s")
    (flower.folder / "hurry").touch()
    first, second = begun.watching.ended(150), watching.ended(150)
    assert (first[0], second[0]) == (0, 0)
    assert "is finished:failed; sites that have begun go on with the aggregator" in first[1]
    assert first[1].splitlines()[-1] == second[1].splitlines()[-1] == "finished"
    assert begun.aggregator.ended(60)[:2] == (0, "listening at port 8090\nfinished after round 300\n")
    assert_all_rounds(flower)


def test_sites_whose_supernode_or_clientapp_is_killed_are_started_again(flower, begin):
    begun = begin("paced", quorum=0.5)
    wait_for_rounds(flower)
    killed_s = time.monotonic()

    def after(what):
        print(f"killed -> {what}: {time.monotonic() - killed_s:.1f} s")

    (orphan,) = flower.processes(flower.host(0), "flwr-clientapp")
    (supernode,) = flower.processes(flower.host(0), "flower-supernode")
    (clientapp,) = flower.processes(flower.host(1), "flwr-clientapp")
    supernode.kill()
    clientapp.kill()
    wait_for(lambda: "site-01" in flower.rounds()[-1]["missing"])
    after("clientapp is missed")
    told, seen = flower.closed(), set()

    def came_back():
        epochs, gone = flower.facts()["epochs"], not orphan.is_running() or orphan.status() == "zombie"
        heard = [round_ for round_ in flower.rounds() if round_["round"] > told]
        for name, is_so in {
            "orphan is gone": gone,
            "orphan is missed": any("site-00" in round_["missing"] for round_ in heard),
            "orphan's site is fenced": epochs["site-00"] > 1,
            "clientapp's site is fenced": epochs["site-01"] > 1,
            "clientapp's site is counted": epochs["site-01"] > 1 and "site-01" in heard[-1]["bytes_up"],
            "orphan's site is counted": epochs["site-00"] > 1 and gone and "site-00" in heard[-1]["bytes_up"],
        }.items():
            if is_so and name not in seen:
                seen.add(name)
                after(name)
        return len(seen) == 6 or not begun.aggregator.runs

    wait_for(came_back, timeout_s=150)
    (flower.folder / "hurry").touch()

    assert begun.watching.ended(150)[1].splitlines()[-1] == "finished"
    assert begun.aggregator.ended(60)[:2] == (0, "listening at port 8090\nfinished after round 300\n")
    assert_all_rounds(flower)
    assert len(flower.supernodes()) == SITES


def assert_all_rounds(fleet):
    """Every round was closed once, and every site was counted at most once, as a message of its size."""
    rounds = fleet.rounds()
    assert [round_["round"] for round_ in rounds] == list(range(1, 301))
    size = max(rounds[0]["bytes_up"].values())
    for round_ in rounds:
        assert sorted([*round_["bytes_up"], *round_["missing"]]) == NAMES
        assert all(0.9 * size < sent < 1.1 * size for sent in round_["bytes_up"].values())
