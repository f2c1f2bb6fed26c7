"""A federation by Flower is the simulation's, byte for byte, wherever it was interrupted."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from fedkd.apps.client import app
from fedkd.apps.rounds import run_rounds
from fedkd.composition import compose, dump
from fedkd.deployment import ScenarioSite
from fedkd.errors import CorruptMessageError, DiskError, RefusedError, RoundFailedError, WorkerDiedError
from fedkd.federation import Aggregation, SiteWorker
from fedkd.record import Run, read_metrics
from fedkd.record.checkpoint import newest
from fedkd.runtime.deploy.course import Course
from fedkd.runtime.flower.parcel import Parcel
from fedkd.simulation import record
from tests.tiny import ROUNDS, SITES, play, tiny, tiny_overrides

from .grid import InProcessGrid, KilledError, died

ALONE = ("runtime.processes=1", "runtime.cohort=1")
SEARCHING = ("search=on_device", "search.rungs=[2,2]", "search.probe=8", "search.limit=2")
CASES = {"fedkdnas": SEARCHING, "fedavg": (), "fedmd": ()}
NETWORK, ROUND = "query.network", "train.round"
SILENT = ("validation_accuracy", "virtual_time_us")
"""Nobody has everybody's validation samples, and time is real."""

NOTES = ("server:handed", "server:held", "server:version|")


class Noted:
    """What happened in this process since a test began."""

    def __init__(self) -> None:
        self.messages: dict[tuple[str, bool, str, int], bytes] = {}
        self.trained: Counter[tuple[str, int]] = Counter()
        self.searched: Counter[str] = Counter()


@pytest.fixture
def noted(monkeypatch):
    it = Noted()
    read, answer, step, choose = Aggregation.read, Aggregation.answer, SiteWorker.step, ScenarioSite.choose

    def reading(self, parts, site, round_):
        # Sent again after an interruption, it must be the same again.
        for part in parts:
            assert it.messages.setdefault((site, True, part.kind, round_), part.data) == part.data
        return read(self, parts, site, round_)

    def answering(self, site, round_):
        parts = answer(self, site, round_)
        it.messages.update({(site, False, part.kind, round_): part.data for part in parts})
        return parts

    def stepping(self, round_):
        it.trained[self.profile.name, round_] += 1
        return step(self, round_)

    def choosing(self, shortlist):
        it.searched[self.name] += 1
        return choose(self, shortlist)

    monkeypatch.setattr(Aggregation, "read", reading)
    monkeypatch.setattr(Aggregation, "answer", answering)
    monkeypatch.setattr(SiteWorker, "step", stepping)
    monkeypatch.setattr(ScenarioSite, "choose", choosing)
    monkeypatch.setattr("fedkd.simulation.draw", lambda run: [])
    return it


def begun(folder, method, *overrides):
    """The directory of a run by Flower before its first round."""
    apart = [override for override in tiny_overrides(method, *overrides) if override != "runtime.processes=1"]
    return Run.create(folder, dump(compose([*apart, "runtime=flower"]))).path


def final(folder):
    """What the server ends with, also where its run directory is that of a simulation."""
    return newest(folder / "checkpoints").arrays


def assert_same_end(folder, simulated, *but):
    """The same server, and the same figures of the sites but for some."""
    ours, theirs = final(folder / "aggregator"), final(simulated)
    # What it sent to whom, a server notes when it answers: after its checkpoint, if it is an aggregator's.
    server = {name for name in ours if name.startswith("server:") and not name.startswith(NOTES)}
    assert server
    for name in server:
        np.testing.assert_array_equal(ours[name], theirs[name.replace("server:", "server::", 1)], strict=True)
    record(folder)
    rows, expected = read_metrics(folder), read_metrics(simulated)
    assert len(rows) == len(expected) == SITES * ROUNDS
    for row, wanted in zip(rows, expected, strict=True):
        assert [(k, v) for k, v in row.items() if k not in SILENT + but] == [
            (k, v) for k, v in wanted.items() if k not in SILENT + but
        ]
        assert [row[name] for name in SILENT] == ["", "0"]


@pytest.fixture(scope="module")
def simulations(tmp_path_factory):
    """The simulation of each method, played when it is first asked for."""
    found = {}

    def simulated(method):
        if method not in found:
            scenario = tiny(method, *ALONE, *CASES[method])
            found[method] = play(scenario, tmp_path_factory.mktemp(method) / "run")
        return found[method]

    return simulated


@pytest.mark.parametrize("method", CASES)
def test_every_message_and_every_figure_is_that_of_the_simulation(method, tmp_path, noted, simulations):
    simulated = simulations(method)
    folder = begun(tmp_path / "run", method, *CASES[method])
    noted.messages.clear()

    run_rounds(InProcessGrid(app, SITES), folder)

    messages = {(m.site, m.up, m.kind, m.round): m.data for m in simulated.messages}
    assert noted.messages == messages
    assert set(noted.trained.values()) == {1}
    assert len(noted.trained) == SITES * ROUNDS
    assert_same_end(folder, simulated.path)


class Interruptions:
    """Every event is interrupted once: the first time that it happens."""

    def __init__(self) -> None:
        self.seen: set[tuple[object, ...]] = set()

    def first(self, *event: object) -> bool:
        new = event not in self.seen
        self.seen.add(event)
        return new

    def clients(self, message, answer):
        """A client dies before it begins, and then after all its work but before its answer is under way."""
        about, kind = Parcel.from_records(message.content).about, message.metadata.message_type
        event = (message.metadata.dst_node_id, kind, about.get("round"))
        if self.first("before", *event):
            return died(message)
        reply = answer()
        return died(message) if self.first("after", *event) else reply

    def server(self, monkeypatch):
        """The server dies before and after each contribution is accepted, and around each end of a round."""
        for name in ("accept", "close"):
            plain = getattr(Course, name)

            def dying(course, *arguments, name=name, plain=plain):
                event = (name, course.open, *(arguments[:1] if name == "accept" else ()))
                if self.first("before", *event):
                    raise KilledError
                outcome = plain(course, *arguments)
                if self.first("after", *event):
                    raise KilledError
                return outcome

            monkeypatch.setattr(Course, name, dying)


def run_to_the_end(folder, disturb):
    """Start it again and again; returns how often it died."""
    deaths = 0
    while True:
        try:
            run_rounds(InProcessGrid(app, SITES, disturb), folder)
        except (KilledError, WorkerDiedError):
            deaths += 1
        else:
            return deaths


@pytest.mark.parametrize("method", CASES)
def test_interrupted_at_every_event_it_ends_the_same_and_nobody_trains_twice(
    method, tmp_path, noted, simulations, monkeypatch
):
    simulated = simulations(method)
    folder = begun(tmp_path / "run", method, *CASES[method])
    noted.messages.clear()
    interruptions = Interruptions()
    interruptions.server(monkeypatch)

    deaths = run_to_the_end(folder, interruptions.clients)

    # All nodes are asked before the first error is heard: those of one message die together.
    assert deaths >= 2 * (1 + ROUNDS + 1) + 2 * SITES * ROUNDS + 2 * ROUNDS
    messages = {(m.site, m.up, m.kind, m.round): m.data for m in simulated.messages if m.up}
    assert {key: data for key, data in noted.messages.items() if key[1]} == messages
    assert len(noted.trained) == SITES * ROUNDS
    assert set(noted.trained.values()) == {1}
    assert noted.searched == dict.fromkeys(noted.searched, 1)
    assert len(noted.searched) == SITES
    # An aggregator counts what its process sent.
    assert_same_end(folder, simulated.path, "bytes_down")


def test_a_finished_run_that_is_run_again_trains_nothing(tmp_path, noted):
    folder = begun(tmp_path / "run", "fedmd")
    run_rounds(InProcessGrid(app, SITES), folder)
    arrays, trained = final(folder / "aggregator"), dict(noted.trained)

    run_rounds(InProcessGrid(app, SITES), folder)

    assert dict(noted.trained) == trained
    for name, array in final(folder / "aggregator").items():
        np.testing.assert_array_equal(array, arrays[name])


def test_a_site_that_hangs_is_an_error_after_the_rounds_time(tmp_path):
    folder = begun(tmp_path / "run", "fedmd")
    run = folder / "config.yaml"
    run.write_text(run.read_text().replace("round_s: 600.0", "round_s: 0.5"))

    def hangs(message, answer):
        kind, node = message.metadata.message_type, message.metadata.dst_node_id
        return None if (kind, node) == (ROUND, 1002) else answer()

    with pytest.raises(RoundFailedError, match=r"1 of 4 nodes did not answer within 0\.5 s"):
        run_rounds(InProcessGrid(app, SITES, hangs), folder)


def test_an_error_of_a_site_keeps_its_number(tmp_path, monkeypatch):
    folder = begun(tmp_path / "run", "fedmd")

    def full(*_):
        raise DiskError("'states' cannot be written because the disk is full", "free some space")

    monkeypatch.setattr("fedkd.runtime.deploy.site_store.write_checkpoint", full)
    with pytest.raises(DiskError, match="the disk is full"):
        run_rounds(InProcessGrid(app, SITES), folder)


def test_two_nodes_with_the_same_site_are_refused(tmp_path):
    folder = begun(tmp_path / "run", "fedmd")
    grid = InProcessGrid(app, SITES)
    grid._contexts[1003].node_config["partition-id"] = 0

    with pytest.raises(RefusedError, match="some sites sit at two nodes, or at none"):
        run_rounds(grid, folder)


def test_what_is_damaged_on_the_way_counts_for_nothing(tmp_path, noted, simulations):
    simulated = simulations("fedmd")
    folder = begun(tmp_path / "run", "fedmd")
    once = Interruptions()

    def flipped(message, answer):
        reply = answer()
        arrays = reply.content.array_records.get("parts", {})
        if message.metadata.message_type == ROUND and arrays and once.first("flipped"):
            array = arrays["00"]
            # Near the end, where the last samples are, not in the header of the array.
            array.data = array.data[:-9] + bytes([array.data[-9] ^ 1]) + array.data[-8:]
        return reply

    with pytest.raises(CorruptMessageError):
        run_rounds(InProcessGrid(app, SITES, flipped), folder)
    noted.messages.clear()
    noted.trained.clear()

    run_rounds(InProcessGrid(app, SITES, flipped), folder)

    assert max(noted.trained.values()) == 1
    assert 1 not in {round_ for _, round_ in noted.trained}
    assert_same_end(folder, simulated.path, "bytes_down")
