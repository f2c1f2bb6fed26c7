"""Sessions are issued, fenced and issued again: with an aggregator that serves, and by hand."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from importlib.metadata import version

import pytest
from flwr.app import Message
from flwr.clientapp import ClientApp

from fedkd.apps.server import ClientOffice
from fedkd.errors import AbortedError, FedkdError, FencedError, RoundFailedError, UnreachableError
from fedkd.record.checkpoint import newest
from fedkd.runtime.deploy.participant import Participant
from fedkd.runtime.deploy.session import Session
from fedkd.runtime.deploy.site_store import SiteStore
from fedkd.runtime.flower import issuer
from fedkd.runtime.flower.issuer import Issuer
from fedkd.runtime.flower.parcel import Parcel, failure
from tests.runtime.deploy.federation import ALONE, Deployed
from tests.tiny import ROUNDS, SITES, play, tiny

from .grid import InProcessGrid, KilledError, died

NODE = 1001
SITE = "site-01"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(issuer, "_LOOK_S", 0.02)


def epochs(grid: InProcessGrid, node: int) -> list[int]:
    """Of the sessions that a node was given."""
    return [Parcel.from_records(m.content).about["epoch"] for m in grid.asked if m.metadata.dst_node_id == node]


# With an aggregator.


class Table:
    """An aggregator that serves, and an app whose sessions are real ones."""

    def __init__(self, deployed: Deployed, port: int, trouble: Callable[[Participant], None] = lambda _: None) -> None:
        self.deployed, self.port, self.trouble = deployed, port, trouble
        self.outcomes: list[tuple[int, int, int | FedkdError]] = []
        self.told: Callable[[int, int], None] = lambda node, epoch: None
        self.client = deployed.client(port)
        self.office = ClientOffice(self.client)
        self.app = ClientApp()
        self.app.train("session")(self._session)

    def _session(self, message: Message, context) -> Message:
        deployed, node, index = self.deployed, context.node_id, int(context.node_config["partition-id"])
        epoch = Parcel.from_records(message.content).about["epoch"]
        participant = Participant(deployed.site(index), SiteStore(deployed.folder / deployed.names[index]))
        if (node, epoch) == (NODE, 1):
            self.trouble(participant)
        name = f"{node}:{uuid.uuid4().hex}"
        client = deployed.client(self.port)
        try:
            round_ = Session(participant, client, epoch, name, version("fedkd"), deployed.patience).run()
            said = Parcel({"round": round_})
            self.outcomes.append((node, epoch, round_))
        except FedkdError as error:
            said = failure(error)
            self.outcomes.append((node, epoch, error))
        self.told(node, epoch)
        return Message(said.to_records(), reply_to=message)


@pytest.fixture
def deployed(tmp_path):
    return Deployed(tiny("fedmd", *ALONE), tmp_path)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    path = tmp_path_factory.mktemp("simulated") / "run"
    play(tiny("fedmd", *ALONE), path)
    return newest(path / "checkpoints").arrays["server::targets"].tobytes()


def targets(deployed: Deployed) -> bytes:
    return newest(deployed.folder / "aggregator" / "checkpoints").arrays["server:targets"].tobytes()


def test_each_node_has_one_session_and_all_is_done(deployed, simulated):
    with deployed.host() as hosted:
        table = Table(deployed, hosted.port)
        grid = InProcessGrid(table.app, SITES, apart=True)

        Issuer(grid, table.office).run()

        hosted.join(30)
    assert sorted(table.outcomes) == [(1000 + i, 1, ROUNDS) for i in range(SITES)]
    assert [m.metadata.message_type for m in grid.asked] == ["train.session"] * SITES
    assert targets(deployed) == simulated


def test_a_node_that_flower_gave_up_is_fenced_and_begins_again(deployed, simulated):
    reached, release, ended = threading.Event(), threading.Event(), threading.Event()

    def cut_off(participant):
        speak = participant.speak

        def speaking():
            said = speak()
            if participant.absorbed == 1:
                reached.set()
                assert release.wait(60)
            return said

        participant.speak = speaking

    def unavailable(message, answer):
        """Its SuperNode is gone in the second round; its process goes on, and pushes before the next begins."""
        if message.metadata.dst_node_id != NODE:
            return answer()
        if Parcel.from_records(message.content).about["epoch"] == 1:
            threading.Thread(target=answer, daemon=True).start()
            assert reached.wait(60)
            return died(message, 5, "node unavailable")
        release.set()
        assert ended.wait(60)
        return answer()

    with deployed.host() as hosted:
        table = Table(deployed, hosted.port, cut_off)
        grid = InProcessGrid(table.app, SITES, unavailable, apart=True)

        table.told = lambda node, epoch: ended.set() if (node, epoch) == (NODE, 1) else None

        Issuer(grid, table.office).run()

        hosted.join(30)
    assert (epochs(grid, NODE), epochs(grid, 1000)) == ([1, 2], [1])
    outcomes = {(node, epoch): outcome for node, epoch, outcome in table.outcomes}
    assert isinstance(outcomes.pop((NODE, 1)), FencedError)
    assert outcomes == {(1000, 1): ROUNDS, (NODE, 2): ROUNDS, (1002, 1): ROUNDS, (1003, 1): ROUNDS}
    assert targets(deployed) == simulated


@pytest.mark.parametrize(("code", "error"), [(8, KilledError()), (2, ZeroDivisionError("by nothing"))])
def test_a_process_that_dies_is_replaced(code, error, deployed, simulated):
    def dies(participant):
        speak = participant.speak

        def speaking():
            said = speak()
            if participant.absorbed == 1:
                raise error
            return said

        participant.speak = speaking

    def coded(message, answer):
        reply = answer()
        return died(message, code) if reply.has_error() and code == 8 else reply

    with deployed.host() as hosted:
        table = Table(deployed, hosted.port, dies)
        grid = InProcessGrid(table.app, SITES, coded, apart=True)
        runs = Issuer(grid, table.office)

        runs.run()

        hosted.join(30)
    assert (epochs(grid, NODE), epochs(grid, 1000)) == ([1, 2], [1])
    assert sorted(table.outcomes) == [(1000 + i, 1 + (1000 + i == NODE), ROUNDS) for i in range(SITES)]
    assert targets(deployed) == simulated


def test_a_node_that_comes_late_is_given_its_session(deployed, simulated):
    with deployed.host() as hosted:
        table = Table(deployed, hosted.port)
        grid = InProcessGrid(table.app, SITES - 1, apart=True)
        timer = threading.Timer(0.5, grid.add)
        timer.start()

        Issuer(grid, table.office).run()

        hosted.join(30)
    assert [len(epochs(grid, node)) for node in grid.get_node_ids()] == [1] * SITES
    assert targets(deployed) == simulated


def test_another_issuer_over_the_same_aggregator_begins_above_all_epochs(deployed):
    with deployed.host() as hosted:
        table = Table(deployed, hosted.port)
        table.office.fence("site-02", 6)
        grid = InProcessGrid(table.app, SITES, apart=True)

        Issuer(grid, table.office).run()

    assert [epochs(grid, node) for node in grid.get_node_ids()] == [[7]] * SITES


def test_an_abort_ends_it_with_its_reason_and_nobody_begins_again(deployed):
    reached = threading.Event()

    def waits(participant):
        speak = participant.speak

        def speaking():
            reached.set()
            time.sleep(0.3)
            return speak()

        participant.speak = speaking

    with deployed.host() as hosted:
        table = Table(deployed, hosted.port, waits)

        def abort():
            assert reached.wait(60)
            table.client.abort("enough")

        threading.Thread(target=abort, daemon=True).start()
        grid = InProcessGrid(table.app, SITES, apart=True)

        with pytest.raises(AbortedError, match="the run was aborted: enough"):
            Issuer(grid, table.office).run()
    assert len(grid.asked) == SITES


# By hand.


class Hand:
    """An office of which all is known."""

    def __init__(self, **epochs: int) -> None:
        self.known = epochs
        self.ended: str | None = None
        self.fenced: list[tuple[str, int]] = []
        self.reachable = True

    def epochs(self) -> dict[str, int]:
        return self.known

    def sites_at(self, node: int) -> list[str]:
        self.ask()
        return [f"site-{node - 1000:02d}"]

    def fence(self, site: str, epoch: int) -> int:
        self.fenced.append((site, epoch))
        return epoch

    def over(self) -> str | None:
        self.ask()
        return self.ended

    def ask(self) -> None:
        if not self.reachable:
            raise UnreachableError("the aggregator does not answer", "wait")


@pytest.fixture
def app():
    """All sessions are done at once."""
    app = ClientApp()
    app.train("session")(lambda message, context: Message(Parcel({"round": 3}).to_records(), reply_to=message))
    return app


def failing(message: Message, answer) -> Message:
    return died(message, 5, f"node {message.metadata.dst_node_id} is gone")


def test_a_node_gets_so_many_sessions_and_no_more(app):
    office, grid = Hand(), InProcessGrid(app, 2, failing)

    match = r"no session .* \(Flower's code 5: node 1000 is gone; Flower's code 5: node 1001 is gone\)"
    with pytest.raises(RoundFailedError, match=match):
        Issuer(grid, office, most=3).run()

    assert (epochs(grid, 1000), epochs(grid, NODE)) == ([1, 2, 3], [1, 2, 3])
    assert [epoch for site, epoch in office.fenced if site == SITE] == [2, 3, 4]


def test_sessions_that_are_on_their_way_home_are_waited_for(app):
    home = []

    def later(message, answer):
        if message.metadata.dst_node_id == NODE:
            time.sleep(0.3)
        home.append(message.metadata.dst_node_id)
        return answer()

    Issuer(InProcessGrid(app, 2, later, apart=True), Hand()).run()

    assert home == [1000, NODE]


def test_after_the_first_goodbye_nobody_begins_again(app):
    def late_failure(message, answer):
        if message.metadata.dst_node_id != NODE:
            return answer()
        time.sleep(0.2)
        return failing(message, answer)

    office, grid = Hand(), InProcessGrid(app, 2, late_failure, apart=True)

    Issuer(grid, office).run()

    assert (epochs(grid, 1000), epochs(grid, NODE)) == ([1], [1])
    assert office.fenced == [(SITE, 2)]


def test_a_federation_that_has_ended_is_given_no_session(app):
    office, grid = Hand(), InProcessGrid(app, 2)
    office.ended = "finished"

    Issuer(grid, office).run()

    assert grid.asked == []


def test_an_aggregator_that_is_gone_when_sites_said_goodbye_is_over(app):
    office, grid = Hand(), InProcessGrid(app, 2)
    office.reachable = False

    Issuer(grid, office).run()

    assert len(grid.asked) == 2


def test_an_aggregator_that_cannot_be_told_is_fenced_by_the_next_epoch(app):
    office = Hand()
    office.reachable = False
    grid = InProcessGrid(app, 2, failing)

    with pytest.raises(RoundFailedError):
        Issuer(grid, office, most=2).run()

    assert (epochs(grid, NODE), office.fenced) == ([1, 2], [])


def test_a_run_takes_over_what_an_earlier_one_left(app):
    office, grid = Hand(**{"site-00": 0, SITE: 4}), InProcessGrid(app, 2)

    Issuer(grid, office).run()

    assert office.fenced == [(SITE, 5)]
    assert (epochs(grid, 1000), epochs(grid, NODE)) == ([5], [5])


def test_a_session_that_says_what_is_no_parcel_has_failed(app):
    def garbled(message, answer):
        reply = answer()
        if epochs(grid, 1000) == [1]:
            del reply.content["about"]
        return reply

    office, grid = Hand(), InProcessGrid(app, 1, garbled)

    Issuer(grid, office).run()

    assert (epochs(grid, 1000), office.fenced) == ([1, 2], [("site-00", 2)])


def test_a_node_that_went_away_is_asked_when_it_is_back(app):
    back = threading.Event()

    def return_():
        back.set()
        grid.away.clear()

    def leaves(message, answer):
        if epochs(grid, 1000) == [1]:
            grid.away.add(1000)
            threading.Timer(0.3, return_).start()
            return failing(message, answer)
        assert back.is_set()
        return answer()

    grid = InProcessGrid(app, 1, leaves)

    Issuer(grid, Hand()).run()

    assert epochs(grid, 1000) == [1, 2]


def test_nobody_comes(app):
    with pytest.raises(RoundFailedError, match=r"no SuperNode came within 0\.1 s"):
        Issuer(InProcessGrid(app, 0), Hand()).run(gather_s=0.1)


def test_what_goes_with_every_session(app):
    grid = InProcessGrid(app, 1)

    Issuer(grid, Hand(), about={"give-up": 3}).run()

    (message,) = grid.asked
    assert Parcel.from_records(message.content).about == {"give-up": 3, "epoch": 1}
    assert message.metadata.ttl == 7 * 24 * 3600
