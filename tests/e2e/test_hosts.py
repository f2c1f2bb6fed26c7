"""A federation whose hosts have a network of their own each: every message crosses a link, every disk is a host's."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import psutil
import pytest

from fedkd.record.checkpoint import newest
from tests.e2e.fleet import ROOT, Fleet, hosts_or_skip, rehearse, wait_for
from tests.e2e.hosts import NETWORK, hosts
from tests.tiny import SITES, play, tiny, tiny_overrides

ROUNDS = 20
OVERRIDES = ("runtime.processes=1", "runtime.cohort=1", f"federation.rounds={ROUNDS}")
SERVER = "10.99.0.1"


def machine() -> dict[str, object]:
    """The machine's own network."""
    return {what: json.loads(_told("ip", "-j", *what.split())) for what in ("link", "route", "rule")}


def _told(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def network():
    """The server's host, and one a site."""
    with hosts_or_skip(SITES) as made:
        yield made


def answers(host, address):
    """Whether a port at an address takes connections from a host, within a second."""
    program = f"import socket; socket.create_connection(({address!r}, 9999), timeout=1)"
    command = ["ip", "netns", "exec", host.space, sys.executable, "-c", program]
    return subprocess.run(command, check=False).returncode == 0


@pytest.fixture
def listening(network, tmp_path):
    """The server's host, where something listens."""
    program = "import socket; s = socket.create_server(('', 9999)); print('up', flush=True)\nwhile True: s.accept()"
    network[0].start(sys.executable, "-c", program, cwd=tmp_path)
    wait_for(lambda: "up" in (tmp_path / "stdout").read_text())
    return network


def test_a_link_that_is_cut_says_nothing_and_heals(listening, capfd):
    server, site, other = listening[:3]
    assert answers(site, server.address)

    site.cut()

    assert not answers(site, server.address)
    assert answers(other, server.address)
    link = _told("ip", "-n", site.space, "-j", "link", "show", "eth0")
    assert json.loads(link)[0]["operstate"] == "UP"
    site.heal()
    assert answers(site, server.address)
    assert "timed out" in capfd.readouterr().err


def test_a_slow_link_is_slow_and_only_this_one(network, tmp_path):
    server, site, other = network[:3]
    sink = (
        "import socket; s = socket.create_server(('', 9998)); print('up', flush=True)\n"
        "while True:\n c, _ = s.accept()\n while c.recv(65536): pass\n c.close()"
    )
    server.start(sys.executable, "-c", sink, cwd=tmp_path)
    wait_for(lambda: "up" in (tmp_path / "stdout").read_text())
    source = (
        "import socket, time; s = socket.create_connection(('10.99.0.1', 9998)); t = time.monotonic()\n"
        "s.sendall(bytes(200_000)); s.shutdown(socket.SHUT_WR); s.recv(1); print(time.monotonic() - t)"
    )

    def took_s(host):
        return float(_told("ip", "netns", "exec", host.space, sys.executable, "-c", source))

    site.slow_down(100_000)

    # 200 kB at 100 kB/s, of which the first 32 kB may pass at once.
    assert 1.5 < took_s(site) < 6
    assert took_s(other) < 1
    site.speed_up()
    assert took_s(site) < 1
    assert site.traffic().sent > 400_000
    assert other.traffic().sent > 200_000


def spaces():
    return set(_told("ip", "netns", "list").split())


def test_hosts_end_with_their_processes_and_leave_nothing(tmp_path):
    before = machine()
    context = hosts_or_skip(1)
    made = context.__enter__()
    sleeper = made[1].start("sleep", "1000", cwd=tmp_path)
    assert {host.space for host in made} <= spaces()
    assert machine() == before
    wait_for(lambda: psutil.Process(sleeper.pid).name() == "sleep")

    # As Ctrl-C would.
    assert not context.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)

    assert sleeper.wait(5) == -signal.SIGKILL
    assert not {host.space for host in made} & spaces()
    assert machine() == before


def test_what_a_killed_test_left_is_removed_by_the_next(network, tmp_path):
    program = (
        "import pathlib, sys, time; from tests.e2e.hosts import hosts\n"
        "with hosts(1) as (host,):\n"
        "    sleeper = host.start('sleep', '1000', cwd=pathlib.Path(sys.argv[1]))\n"
        "    print(host.space, sleeper.pid, flush=True); time.sleep(1000)"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as killed:
        space, pid = killed.stdout.readline().split()
        assert space in spaces()
        killed.kill()
    assert space in spaces()
    wait_for(lambda: psutil.Process(int(pid)).name() == "sleep")

    with hosts(1):
        assert space not in spaces()
    assert {host.space for host in network} <= spaces()
    wait_for(lambda: not psutil.pid_exists(int(pid)) or psutil.Process(int(pid)).status() == psutil.STATUS_ZOMBIE)


@pytest.mark.slow
def test_a_federation_of_hosts_ends_as_the_simulation_does(network, tmp_path):
    before = machine()
    kits = rehearse(tmp_path, SERVER, *tiny_overrides("fedkdnas", *OVERRIDES))
    fleet = Fleet.of(network, kits, tmp_path, {})

    aggregator = fleet.aggregator()
    sites = [fleet.site(i) for i in range(SITES)]

    for code, out, err in (site.ended() for site in sites):
        assert (code, out.splitlines()[-1], err) == (0, f"done after round {ROUNDS}", "")
    assert aggregator.ended() == (0, f"listening at port 8090\nfinished after round {ROUNDS}\n", "")
    names = sorted(f"site-{i:02d}" for i in range(SITES))
    assert [(r["round"], sorted(r["bytes_up"]), r["missing"]) for r in fleet.rounds()] == [
        (round_, names, []) for round_ in range(1, ROUNDS + 1)
    ]
    play(tiny("fedkdnas", *OVERRIDES), tmp_path / "run")
    simulated = newest(tmp_path / "run" / "checkpoints").arrays["server::targets"].tobytes()
    assert newest(fleet.state / "checkpoints").arrays["server:targets"].tobytes() == simulated
    # What is a site's stays with it.
    assert all((fleet.disk(name) / "kit" / "state").is_dir() for name in names)
    assert not list(fleet.disk("aggregator").rglob("data.npz"))
    assert not [path for path in fleet.disk("aggregator").rglob("*") if path.name in ("networks", *names)]
    # Every message crossed its site's link, and there is no other way.
    up = {name: sum(r["bytes_up"][name] for r in fleet.rounds()) for name in names}
    assert all(fleet.host(i).traffic().sent > up[name] for i, name in enumerate(names))
    assert network[0].traffic().received > sum(up.values())
    assert {tuple(host.routes()) for host in network} == {(NETWORK,)}
    assert machine() == before
