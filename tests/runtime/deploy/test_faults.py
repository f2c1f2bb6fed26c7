"""What goes wrong in a deployment, with a real server and real sessions: what counts, who ends, and why."""

from __future__ import annotations

import threading
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
import pytest

from fedkd.deployment import Agreed, ScenarioPlan, ScenarioSite
from fedkd.errors import AbortedError, DiskError, FencedError, RefusedError, WireError
from fedkd.federation import Aggregation, Part
from fedkd.runtime.deploy import ledger
from fedkd.runtime.deploy.ledger import Ledger
from fedkd.runtime.deploy.news import News
from fedkd.runtime.deploy.participant import Participant
from fedkd.runtime.deploy.records import Records
from fedkd.runtime.deploy.rules import Rules
from fedkd.runtime.deploy.session import Session
from fedkd.runtime.deploy.site_store import SiteStore
from fedkd.wire.envelope import FORMAT
from fedkd.wire.header import kind_number, kind_of
from fedkd.wire.service.stream import Piece, cut
from fedkd.wire.v1 import aggregator_pb2 as pb
from tests.tiny import ROUNDS, tiny

from .federation import ALONE, QUICK, Deployed, Running

OK, DUP, LATE = pb.PushReply.VERDICT_OK, pb.PushReply.VERDICT_DUP, pb.PushReply.VERDICT_LATE


def federation(folder, sites=2, **rules):
    rules = {"quorum": 1.0, "round_s": 30, "lease_s": 5, **rules}
    scenario = tiny("fedkdnas", *ALONE, f"federation.sites={sites}")
    return Deployed(scenario, folder, Rules(**rules))


def until(told, timeout_s=20):
    """Wait for something to become true, and return it."""
    end_s = time.monotonic() + timeout_s
    while not (found := told()):
        assert time.monotonic() < end_s, "it did not come to pass"
        time.sleep(0.005)
    return found


class ByHand:
    """A site whose every call is made by the test."""

    def __init__(self, deployed, index, port, epoch=1):
        self.member, self.client = deployed.site(index), deployed.client(port)
        self.session = pb.Session(site=self.member.name, epoch=epoch, instance=uuid.uuid4().hex)
        self.worker = None

    def request(self, **changes):
        plain = {
            "session": self.session,
            "format": FORMAT,
            "package": version("fedkd"),
            "agreement": self.member.agreement,
            "public_set": self.member.public_set,
            "device": self.member.device,
        }
        return pb.JoinRequest(**(plain | changes))

    def join(self, **changes):
        return self.client.join(self.request(**changes))

    def choose(self):
        """Enrol, once all have joined."""
        (spec,) = until(lambda: self.join().shortlist)
        self.client.enrol(pb.EnrolRequest(session=self.session, spec=spec, samples=self.member.samples))
        self.worker = self.member.worker(spec)
        return self

    def pull(self, round_):
        request = pb.PullRequest(session=self.session, round=round_)
        for kind, digest in self.worker.exchange.holds(self.member.name).items():
            request.holds[kind_number(kind)] = digest
        head, pieces = self.client.pull(request)
        self.worker.absorb([Part(kind_of(piece.kind), piece.data) for piece in pieces], head.round)
        return head.round

    def step(self, round_):
        return [Piece(kind_number(part.kind), part.data) for part in self.worker.step(round_)[0]]

    def push(self, round_, pieces):
        return self.client.push(pb.Head(session=self.session, round=round_), pieces).verdict

    def play(self, begin=1):
        for round_ in range(begin, ROUNDS + 1):
            assert self.push(round_, self.step(round_)) == OK
            assert self.pull(round_) == round_
        self.client.leave(self.session, "done")


@dataclass
class Closed:
    """Who was missing and who was not, by round."""

    missing: dict
    said: dict


@pytest.fixture
def closed(monkeypatch):
    """Every round as it was closed."""
    rounds, write_down = Closed({}, {}), ScenarioPlan.closed

    def noting(self, round_, facts, said, aggregation):
        rounds.missing[round_], rounds.said[round_] = facts["missing"], sorted(said)
        write_down(self, round_, facts, said, aggregation)

    monkeypatch.setattr(ScenarioPlan, "closed", noting)
    return rounds


@pytest.fixture
def news(monkeypatch):
    """Kinds of events, as they come."""
    kinds, tell = [], News.tell

    def telling(self, kind, round_, site="", **facts):
        kinds.append((kind, round_, site))
        tell(self, kind, round_, site, **facts)

    monkeypatch.setattr(News, "tell", telling)
    return kinds


def targets(deployed):
    """What the last closed round left behind."""
    return Ledger(deployed.folder / "aggregator", deployed.agreed.digest).newest()


def assert_same(one, other):
    assert one.round_ == other.round_
    assert list(one.arrays) == list(other.arrays)
    for name, array in one.arrays.items():
        np.testing.assert_array_equal(array, other.arrays[name], strict=True)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The last round of two sites that nothing happens to."""
    deployed = federation(tmp_path_factory.mktemp("undisturbed"))
    with deployed.host() as hosted:
        sessions = [Running(deployed.session(i, hosted.port)) for i in range(2)]
        assert [session.result() for session in sessions] == [ROUNDS] * 2
        hosted.join(30)
    return targets(deployed)


# One site, several processes.


def test_a_second_process_of_the_same_epoch_is_fenced_while_the_first_is_there(tmp_path, undisturbed):
    deployed = federation(tmp_path)
    with deployed.host() as hosted:
        first = Running(deployed.session(0, hosted.port))
        client = deployed.client(hosted.port)
        until(lambda: client.status().members[0].live)

        second = Running(deployed.session(0, hosted.port))

        assert isinstance(ended := second.result(5), FencedError)
        assert "another process of 'site-00' holds epoch 1" in ended.what
        # The first never noticed.
        other = Running(deployed.session(1, hosted.port))
        assert [first.result(), other.result()] == [ROUNDS] * 2
        hosted.join(30)
    assert_same(targets(deployed), undisturbed)


@pytest.mark.parametrize("how", ["a newer session", "an administrator"])
def test_a_session_is_fenced_within_a_beat_and_a_newer_one_goes_on(how, tmp_path, undisturbed):
    deployed = federation(tmp_path)
    with deployed.host() as hosted:
        first, other = Running(deployed.session(0, hosted.port)), ByHand(deployed, 1, hosted.port)
        other.choose()
        other.pull(0)
        client = deployed.client(hosted.port)
        # It has spoken in the first round, and waits for the other.
        until(lambda: client.status().members[0].contributed == 1)

        if how == "an administrator":
            assert client.fence("site-00", 2) == 2
        newer = Running(deployed.session(0, hosted.port, epoch=2))

        began_s = time.monotonic()
        assert isinstance(ended := first.result(5), FencedError)
        assert time.monotonic() - began_s < QUICK.beat_s + 1.5
        assert "epoch 2" in ended.what
        other.play()
        assert newer.result() == ROUNDS
        hosted.join(30)
    assert_same(targets(deployed), undisturbed)


def test_a_session_that_is_fenced_while_it_searches_ends_too(tmp_path):
    deployed = federation(tmp_path, sites=2)
    with deployed.host() as hosted:
        first = Running(deployed.session(0, hosted.port))
        client = deployed.client(hosted.port)
        until(lambda: client.status().members[0].live)

        client.fence("site-00", 7)

        assert isinstance(first.result(3), FencedError)
        late = Running(deployed.session(0, hosted.port, epoch=6))
        assert isinstance(late.result(3), FencedError)
        assert [(m.epoch, m.live) for m in client.status().members] == [(7, False), (0, False)]


@pytest.mark.parametrize("how", ["fenced", "aborted"])
def test_a_push_of_a_session_that_is_ended_on_the_way_does_not_count(how, tmp_path):
    deployed = federation(tmp_path)
    with deployed.host() as hosted:
        one, other = ByHand(deployed, 0, hosted.port), ByHand(deployed, 1, hosted.port)
        one.join()
        other.choose()
        one.choose()
        one.pull(0)
        pieces = one.step(1)
        arrived, go_on = threading.Event(), threading.Event()

        def slowly():
            for chunk in cut(pb.Head(session=one.session, round=1), pieces):
                yield chunk
                arrived.set()
                go_on.wait(10)

        call = one.client._calls["Push"].future(slowly(), timeout=20)
        assert arrived.wait(10)
        other.client.fence("site-00", 2) if how == "fenced" else other.client.abort("enough")
        go_on.set()

        assert how in call.exception(10).details()
        assert other.client.status().members[0].contributed == 0


def test_who_is_no_member_is_refused_at_its_first_word(tmp_path):
    """Nothing that it sends is waited for, let alone kept in memory."""
    deployed = federation(tmp_path)
    with deployed.host() as hosted:
        stranger, over = ByHand(deployed, 0, hosted.port), threading.Event()

        def slowly():
            yield from cut(pb.Head(session=stranger.session, round=1), [])
            over.wait(10)

        call = stranger.client._calls["Push"].future(slowly(), timeout=5)
        refused = call.exception(10)
        over.set()

        assert "'site-00' has not joined in epoch 1" in refused.details()


# A link that breaks.


def test_a_site_that_stops_while_it_pushes_is_left_out_and_comes_back(tmp_path, closed):
    deployed = federation(tmp_path, sites=3, quorum=2 / 3, round_s=1.0, lease_s=20)
    with deployed.host() as hosted:
        second = Running(deployed.session(2, hosted.port))
        stopping, first = ByHand(deployed, 0, hosted.port), ByHand(deployed, 1, hosted.port)
        stopping.join()
        first.choose()
        stopping.choose()
        for site in (stopping, first):
            assert site.pull(0) == 0
        whole = stopping.step(1)
        half = [Piece(whole[0].kind, whole[0].data[: len(whole[0].data) // 2])]
        sent = threading.Event()

        def and_no_further():
            # The head announces all, and half of it comes.
            head, *_ = cut(pb.Head(session=stopping.session, round=1), whole)
            yield head
            yield from list(cut(pb.Head(), half))[1:]
            sent.set()
            time.sleep(30)

        call = stopping.client._calls["Push"].future(and_no_further(), timeout=20)
        assert sent.wait(10)
        call.cancel()

        assert first.push(1, first.step(1)) == OK
        assert first.pull(1) == 1
        until(lambda: 1 in closed.missing)
        assert (closed.missing[1], closed.said[1]) == (["site-00"], ["site-01", "site-02"])
        # The site joins again: it takes in what it missed, and is counted from then on.
        stopping.join()
        assert stopping.pull(1) == 1
        assert stopping.push(2, stopping.step(2)) == OK
        assert first.push(2, first.step(2)) == OK
        until(lambda: 2 in closed.missing)
        assert (closed.missing[2], closed.said[2]) == ([], ["site-00", "site-01", "site-02"])
        for site in (stopping, first):
            assert site.pull(2) == 2
            assert site.push(3, site.step(3)) == OK
        assert second.result() == ROUNDS


def test_a_push_whose_link_breaks_while_it_is_read_counts_in_its_round_or_not_at_all(tmp_path, closed, monkeypatch):
    deployed = federation(tmp_path, quorum=0.5, round_s=0.5, extensions=100)
    reading, read_on, read = threading.Event(), threading.Event(), Aggregation.read

    def slowly(self, parts, site, round_):
        found = read(self, parts, site, round_)
        if site == "site-00":
            reading.set()
            read_on.wait(10)
        return found

    with deployed.host() as hosted:
        slow, other = ByHand(deployed, 0, hosted.port), ByHand(deployed, 1, hosted.port)
        slow.join()
        other.choose()
        slow.choose()
        for site in (slow, other):
            site.pull(0)
        monkeypatch.setattr(Aggregation, "read", slowly)
        call = slow.client._calls["Push"].future(cut(pb.Head(session=slow.session, round=1), slow.step(1)), timeout=20)
        assert reading.wait(10)
        call.cancel()
        threading.Timer(1.5, read_on.set).start()
        assert other.push(1, other.step(1)) == OK
        until(lambda: 1 in closed.missing)
        assert read_on.wait(10)
        time.sleep(0.3)

        # The first round is over, and nobody has spoken in the second.
        status = other.client.status()
        assert (status.standing.round, [m.contributed for m in status.members]) == (2, [0, 0])


def test_a_replay_changes_nothing(tmp_path, undisturbed, closed):
    deployed = federation(tmp_path)
    with deployed.host() as hosted:
        one, other = ByHand(deployed, 0, hosted.port), ByHand(deployed, 1, hosted.port)
        one.join()
        other.choose()
        one.choose()
        spoken = []
        for site in (one, other):
            site.pull(0)
        for round_ in range(1, ROUNDS + 1):
            pieces = one.step(round_)
            assert one.push(round_, pieces) == OK
            # The same again, nothing, and what nobody can read.
            for more in (pieces, [], [Piece(99, b"?")], other_pieces(pieces)):
                assert one.push(round_, more) == DUP
            spoken.append(pieces)
            assert other.push(round_, other.step(round_)) == OK
            for site in (one, other):
                assert site.pull(round_) == round_
            for past, before in enumerate(spoken, 1):
                assert one.push(past, before) == LATE
            assert one.push(round_, []) == LATE
            if round_ < ROUNDS:
                with pytest.raises(RefusedError, match=f"speaks in round {round_ + 2}, open is {round_ + 1}"):
                    one.push(round_ + 2, pieces)
        for site in (one, other):
            site.client.leave(site.session, "done")
        hosted.join(30)
    assert closed.missing == {1: [], 2: [], 3: []}
    assert_same(targets(deployed), undisturbed)


def other_pieces(pieces):
    return [Piece(piece.kind, bytes(len(piece.data))) for piece in pieces]


# The end.


def test_an_abort_ends_all_sessions_with_its_reason(tmp_path):
    deployed = federation(tmp_path, sites=3)
    with deployed.host() as hosted:
        sessions = [Running(deployed.session(i, hosted.port)) for i in range(2)]
        waiting = ByHand(deployed, 2, hosted.port).choose()
        waiting.pull(0)
        client = deployed.client(hosted.port)
        until(lambda: [m.contributed for m in client.status().members] == [1, 1, 0])

        began_s = time.monotonic()
        reply = client.abort("the lab is on fire")

        for session in sessions:
            assert isinstance(ended := session.result(3), AbortedError)
            assert "the run was aborted: the lab is on fire" in ended.what
        assert time.monotonic() - began_s < 3
        assert (reply.standing.phase, reply.standing.reason) == (pb.Standing.PHASE_ABORTED, "the lab is on fire")
        with pytest.raises(AbortedError, match="the lab is on fire"):
            waiting.push(1, waiting.step(1))
    # Whoever starts it again is told the same, and nothing goes on.
    facts = Ledger(tmp_path / "aggregator", deployed.agreed.digest).facts
    assert (facts.phase, facts.reason) == ("aborted", "the lab is on fire")
    assert targets(deployed) is None


def test_an_abort_while_sites_gather_ends_them_too(tmp_path):
    deployed = federation(tmp_path)
    with deployed.host() as hosted:
        session = Running(deployed.session(0, hosted.port))
        client = deployed.client(hosted.port)
        until(lambda: client.status().members[0].live)
        client.abort("")

        assert isinstance(ended := session.result(3), AbortedError)
        assert "the run was aborted: no reason was given" in ended.what


# Who does not belong.


def strangers(deployed):
    """What is wrong, and a site with it."""
    member, agreed, public = deployed.site(0), deployed.agreed, deployed.data.public
    turned = Agreed(agreed.scenario, public.take(np.arange(len(public))[::-1]), agreed.classes)
    scenario = tiny("fedkdnas", *ALONE, "federation.sites=2", "method.local.steps=4")
    changed = Agreed(scenario, public, agreed.classes)
    for sentence, other in (("has the public set", turned), ("has the agreement", changed)):
        yield sentence, ScenarioSite(other, member.name, member.data, member.profile)


def test_who_brings_something_else_is_refused_with_its_sentence(tmp_path, undisturbed):
    deployed = federation(tmp_path)
    with deployed.host() as hosted:
        client = deployed.client(hosted.port)

        def outcome(member, package):
            participant = Participant(member, SiteStore(deployed.folder / "stranger"))
            return Running(Session(participant, client, 1, uuid.uuid4().hex, package, QUICK)).result(5)

        for sentence, member in strangers(deployed):
            refused = outcome(member, version("fedkd"))
            assert isinstance(refused, RefusedError)
            assert f"'site-00' {sentence}" in refused.what
            mine = deployed.agreed.public_digest if "public" in sentence else deployed.agreed.digest
            assert f"this federation {mine}" in refused.what
        refused = outcome(deployed.site(0), "0.0.0")
        assert isinstance(refused, RefusedError)
        assert f"'site-00' runs fedkd 0.0.0, this federation {version('fedkd')}" in refused.what
        with pytest.raises(RefusedError, match=f"speaks wire format 99, this federation {FORMAT}"):
            ByHand(deployed, 0, hosted.port).join(format=99)
        with pytest.raises(RefusedError, match="there is no site 'site-77' in this federation"):
            ByHand(deployed, 0, hosted.port).join(session=pb.Session(site="site-77", epoch=1, instance="x"))
        # Nobody of them has become a member.
        assert not any(member.live for member in client.status().members)
        sessions = [Running(deployed.session(i, hosted.port)) for i in range(2)]
        assert [session.result() for session in sessions] == [ROUNDS] * 2
        hosted.join(30)
    assert_same(targets(deployed), undisturbed)


def test_a_network_that_was_not_offered_is_refused(tmp_path):
    deployed = federation(tmp_path)
    with deployed.host() as hosted:
        one, other = ByHand(deployed, 0, hosted.port), ByHand(deployed, 1, hosted.port)
        one.join()
        for spec in ("", "{}", '{"family": "mlp", "hidden": [9999]}'):
            with pytest.raises(RefusedError, match="was not offered"):
                one.client.enrol(pb.EnrolRequest(session=one.session, spec=spec, samples=1))
        other.choose()
        with pytest.raises(RefusedError, match="was not offered"):
            one.client.enrol(pb.EnrolRequest(session=one.session, spec="{}", samples=1))
        with pytest.raises(RefusedError, match="speaks before the first round"):
            one.push(1, [])
        one.choose()
        one.pull(0)
        with pytest.raises(RefusedError, match="comes too late to choose"):
            one.client.enrol(pb.EnrolRequest(session=one.session, spec="{}", samples=1))


@pytest.mark.parametrize("device", ["nonsense", "[]", '{"memory": "much"}', "{}"])
def test_a_device_that_cannot_be_read_is_refused_and_the_others_go_on(device, tmp_path):
    deployed = federation(tmp_path)
    with deployed.host() as hosted:
        other, strange = ByHand(deployed, 1, hosted.port), ByHand(deployed, 0, hosted.port)
        other.join()
        with pytest.raises(WireError):
            strange.join(device=device)

        strange.join()
        assert other.choose()


# Too few.


def test_below_the_quorum_a_round_is_extended_and_then_the_run_is_aborted(tmp_path, news):
    deployed = federation(tmp_path, sites=3, quorum=1.0, round_s=0.4, extensions=2, lease_s=0.3)
    with deployed.host() as hosted:
        session = Running(deployed.session(0, hosted.port))
        going = [ByHand(deployed, i, hosted.port) for i in (1, 2)]
        going[0].join()
        going[1].choose()
        going[0].choose()

        assert isinstance(ended := session.result(10), AbortedError)

        reason = "round 1 has 1 of the 3 sites that it needs, site-01, site-02 did not come"
        assert f"the run was aborted: {reason}" in ended.what
        hosted.join(10)
    assert [(kind, round_) for kind, round_, _ in news if kind in ("extended", "aborted")] == [
        ("extended", 1),
        ("extended", 1),
        ("aborted", 1),
    ]
    assert Ledger(tmp_path / "aggregator", deployed.agreed.digest).facts.reason == reason


def test_a_federation_whose_sites_do_not_come_is_aborted(tmp_path):
    deployed = federation(tmp_path, sites=3, gather_s=0.4, lease_s=0.3)
    with deployed.host() as hosted:
        session = Running(deployed.session(1, hosted.port))

        assert isinstance(ended := session.result(10), AbortedError)
        assert "site-00, site-02 did not come in time, and 3 sites are needed" in ended.what
        hosted.join(10)


def test_a_federation_begins_without_those_it_can_do_without(tmp_path, closed):
    deployed = federation(tmp_path, sites=3, quorum=2 / 3, gather_s=0.5)
    with deployed.host() as hosted:
        sessions = [Running(deployed.session(i, hosted.port)) for i in (0, 2)]
        assert [session.result() for session in sessions] == [ROUNDS] * 2
        hosted.join(10)
    assert closed.said == {round_: ["site-00", "site-02"] for round_ in range(1, ROUNDS + 1)}
    assert closed.missing == {1: [], 2: [], 3: []}


# An aggregator in trouble.


def full(*_):
    raise DiskError("'x' cannot be written because the disk is full", "free some space")


def test_a_full_disk_at_a_checkpoint_ends_the_aggregator_and_its_ledger_goes_on(tmp_path, undisturbed, monkeypatch):
    deployed = federation(tmp_path)
    monkeypatch.setattr(ledger, "write_checkpoint", full)
    with deployed.host() as hosted:
        port = hosted.port
        sessions = [Running(deployed.session(i, port)) for i in range(2)]
        with pytest.raises(DiskError, match="the disk is full"):
            hosted.join(20)
    monkeypatch.undo()
    # Both had spoken, and were told so.
    kept = Ledger(tmp_path / "aggregator", deployed.agreed.digest)
    assert (kept.newest(), sorted(kept.inbox.read(1, deployed.names))) == (None, ["site-00", "site-01"])

    with deployed.host(port) as hosted:
        assert [session.result() for session in sessions] == [ROUNDS] * 2
        hosted.join(30)
    assert_same(targets(deployed), undisturbed)


def test_a_full_disk_at_the_aggregator_is_no_fault_of_the_site(tmp_path, undisturbed, monkeypatch):
    deployed = federation(tmp_path)
    failures, append = [], Records.append

    def full_once(self, records, anew):
        if not failures:
            failures.append(records)
            full()
        append(self, records, anew)

    monkeypatch.setattr(Records, "append", full_once)
    with deployed.host() as hosted:
        sessions = [Running(deployed.session(i, hosted.port)) for i in range(2)]
        assert sessions[0].result(20) == ROUNDS
        assert sessions[1].result(20) == ROUNDS
        hosted.join(30)
    assert failures
    assert_same(targets(deployed), undisturbed)


@contextmanager
def searching(deployed, index, port):
    """A session whose search ends when the test says so."""
    begun, go_on = threading.Event(), threading.Event()
    session = deployed.session(index, port)

    class Searching(ScenarioSite):
        def choose(self, shortlist):
            begun.set()
            assert go_on.wait(30)
            return super().choose(shortlist)

    member = session.member
    session.participant.member = Searching(member.agreed, member.name, member.data, member.profile)
    running = Running(session)
    try:
        yield running, begun, go_on
    finally:
        go_on.set()


def test_an_aggregator_that_is_killed_while_sites_search_does_not_lose_them(tmp_path, undisturbed):
    deployed = federation(tmp_path)
    with deployed.host() as hosted:
        port = hosted.port
        with searching(deployed, 0, port) as one, searching(deployed, 1, port) as other:
            assert one[1].wait(20)
            assert other[1].wait(20)
            hosted.stop()
            with deployed.host(port) as again:
                # The first has found its network while the other still searches.
                one[2].set()
                one[0].join(1)
                other[2].set()
                outcome = one[0].outcome
                if outcome is not None:
                    raise outcome
                assert [one[0].result(), other[0].result()] == [ROUNDS] * 2
                again.join(30)
    assert_same(targets(deployed), undisturbed)


def test_an_aggregator_that_is_killed_while_sites_gather_goes_on(tmp_path, undisturbed):
    deployed = federation(tmp_path)
    with deployed.host() as hosted:
        port = hosted.port
        first = Running(deployed.session(0, port, epoch=3))
        until(lambda: deployed.client(port).status().members[0].live)
        hosted.stop()
    with deployed.host(port) as hosted:
        assert deployed.client(hosted.port).status().members[0].epoch == 3
        second = Running(deployed.session(1, port))
        assert [first.result(), second.result()] == [ROUNDS] * 2
        hosted.join(30)
    assert_same(targets(deployed), undisturbed)


@pytest.mark.parametrize(("moment", "killed_in"), [("pull", 1), ("push", 2), ("pull", 2)])
def test_a_site_that_was_killed_goes_on_from_its_own_disk(moment, killed_in, tmp_path, undisturbed):
    """In a new process with a higher epoch: before it spoke, or before it heard what came of it."""
    deployed = federation(tmp_path)
    with deployed.host() as hosted:
        other = Running(deployed.session(1, hosted.port))
        client, session = deployed.client(hosted.port), deployed.session(0, hosted.port)
        push, pull = session._push, session._pull

        def pushing(round_, said):
            if (moment, killed_in) == ("push", round_):
                raise KeyboardInterrupt
            push(round_, said)

        def pulling(round_):
            if (moment, killed_in) == ("pull", round_):
                raise KeyboardInterrupt
            return pull(round_)

        session._push, session._pull = pushing, pulling
        assert isinstance(Running(session).result(20), KeyboardInterrupt)

        assert client.fence("site-00", 2) == 2
        assert Running(deployed.session(0, hosted.port, epoch=2)).result() == ROUNDS
        assert other.result() == ROUNDS
        hosted.join(30)
    assert_same(targets(deployed), undisturbed)
