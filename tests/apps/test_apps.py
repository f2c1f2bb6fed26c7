"""The apps as Flower calls them, on nodes in this process."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from importlib.metadata import version
from importlib.util import find_spec

import psutil
import pytest
from flwr.app import Context, Message, RecordDict
from flwr.clientapp import ClientApp

from fedkd.apps import client, server
from fedkd.composition import compose, dump
from fedkd.errors import ConfigFileError, CorruptMessageError, FedkdError, RunError, VersionError
from fedkd.federation import SiteWorker
from fedkd.record import Run, read_metrics
from fedkd.runtime.flower.parcel import Parcel
from tests.runtime.flower.grid import InProcessGrid, KilledError
from tests.tiny import ROUNDS, SITES, tiny_overrides

OVERRIDES = [override for override in tiny_overrides("fedmd") if override != "runtime.processes=1"]
# Spaces tell overrides apart.
SPACELESS = " ".join(
    override.replace("{family: mlp, hidden: [8]}", '{"family":"mlp","hidden":[8]}') for override in OVERRIDES
)
needs_ray = pytest.mark.skipif(
    find_spec("ray") is None, reason="a simulation by Flower needs Ray, which is not installed"
)

PARENT = """
import subprocess, sys
print(subprocess.Popen([sys.executable, "-c", sys.argv[1]], start_new_session=True).pid, flush=True)
sys.stdin.read()
"""
CHILD = """
import os, signal, subprocess, threading, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
from fedkd.apps.simulation import _end_with
threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
print(subprocess.Popen(["sleep", "600"]).pid, flush=True)
time.sleep(600)
"""


def context(**config: str) -> Context:
    """Of a ServerApp."""
    given = {"fedkd": version("fedkd"), "scenario": "", "run-dir": "", "admin": "", "aggregator": ""}
    return Context(1, 1, {}, RecordDict(), {**given, **config})


@pytest.fixture
def grid():
    return InProcessGrid(client.app, SITES)


def test_an_app_of_another_version_is_refused(grid):
    with pytest.raises(VersionError, match=rf"the app is of fedkd 0\.0\.1, {version('fedkd')} is installed"):
        server.app(grid, context(fedkd="0.0.1"))
    assert grid.asked == []


@needs_ray
def test_a_simulation_that_flower_was_asked_for_is_recorded(grid, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("fedkd.simulation.draw", lambda run: [])
    folder = tmp_path / "run"

    server.app(grid, context(scenario=SPACELESS, **{"run-dir": str(folder)}))

    assert f"run directory: {folder}" in capsys.readouterr().out
    assert len(read_metrics(folder)) == SITES * ROUNDS
    assert (folder / "summary.json").exists()


@needs_ray
def test_one_that_was_interrupted_is_gone_on_with(grid, tmp_path, monkeypatch):
    monkeypatch.setattr("fedkd.simulation.draw", lambda run: [])
    folder, trained, step = tmp_path / "run", [], SiteWorker.step

    def dies_once(self, round_):
        trained.append((self.profile.name, round_))
        if len(trained) == SITES + 1:
            raise KilledError
        return step(self, round_)

    monkeypatch.setattr(SiteWorker, "step", dies_once)
    asked = context(scenario=SPACELESS, **{"run-dir": str(folder)})
    with pytest.raises(FedkdError, match="ended before it answered"):
        server.app(grid, asked)

    server.app(grid, asked)

    # One began twice, since it died before it had anything to keep.
    assert len(trained) == SITES * ROUNDS + 1
    assert len(read_metrics(folder)) == SITES * ROUNDS


def asked(app: ClientApp, kind: str, parcel: Parcel, **config: object) -> Parcel:
    """What a node answers."""
    grid = InProcessGrid(app, 0)
    node = grid.add()
    grid._contexts[node].node_config.update(config)
    (reply,) = grid.send_and_receive([Message(parcel.to_records(), node, kind)])
    return Parcel.from_records(reply.content)


@pytest.mark.parametrize("kind", ["query.network", "train.round"])
def test_a_run_directory_that_is_none_is_the_sites_error(kind, tmp_path):
    with pytest.raises(RunError, match="nowhere"):
        asked(client.app, kind, Parcel({"run": str(tmp_path / "nowhere")}))


def test_a_kit_that_is_none_is_the_sessions_error(tmp_path):
    with pytest.raises(ConfigFileError, match="kit"):
        asked(client.app, "train.session", Parcel({"epoch": 1}), kit=str(tmp_path / "kit"))


def test_what_is_no_parcel_is_the_senders_error():
    grid = InProcessGrid(client.app, 1)
    (reply,) = grid.send_and_receive([Message(RecordDict(), 1000, "train.session")])
    (other,) = grid.send_and_receive([Message(RecordDict(), 1000, "train.round")])

    # Without a kit a session cannot even be refused.
    assert reply.has_error()
    with pytest.raises(CorruptMessageError):
        Parcel.from_records(other.content)


def test_a_site_answers_for_its_partition(tmp_path):
    folder = Run.create(tmp_path / "run", dump(compose([*OVERRIDES, "runtime=flower"]))).path
    lists = {f"site-{i:02d}": ['{"family":"mlp","hidden":[8]}'] for i in range(SITES)}

    said = asked(client.app, "query.network", Parcel({"run": str(folder), "lists": lists}), **{"partition-id": 2})

    assert (said.about["site"], said.about["spec"]) == ("site-02", lists["site-02"][0])
    assert said.about["samples"] > 0


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX's")
def test_a_simulation_ends_with_who_started_it_whatever_it_waits_for():
    command = [sys.executable, "-c", PARENT, CHILD]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        numbers = [int(parent.stdout.readline()), int(parent.stdout.readline())]
        parent.send_signal(signal.SIGKILL)
        parent.wait()

    until_s = time.monotonic() + 20
    while any(map(alive, numbers)) and time.monotonic() < until_s:
        time.sleep(0.05)
    assert not any(map(alive, numbers))


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
