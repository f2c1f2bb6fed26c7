"""The course of the rounds, with real workers and without a network: what counts, and what outlives a process."""

from __future__ import annotations

import errno
from dataclasses import dataclass, field

import numpy as np
import pytest

from fedkd.errors import CorruptMessageError, DiskError, FencedError, KnowledgeError, RefusedError, WireError
from fedkd.federation import Part, SiteWorker
from fedkd.knowledge import Kind, Knowledge
from fedkd.runtime.deploy import ledger, records
from fedkd.runtime.deploy.course import Course, Verdict
from fedkd.runtime.deploy.inbox import Contribution
from fedkd.runtime.deploy.ledger import Ledger
from fedkd.wire.header import kind_number
from fedkd.wire.service.stream import Piece
from tests.tiny import ROUNDS, tiny

from .federation import ALONE, Deployed, said

FEW = 2
OVERRIDES = (*ALONE, f"federation.sites={FEW}")


def fail(*_):
    raise DiskError("'x' cannot be written because the disk is full", "free some space")


def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def still():
    """The session is still the site's own."""


@dataclass
class Table:
    """A course with its sites around it, each with its worker; nothing between them but calls."""

    deployed: Deployed
    restarts: frozenset[int] = frozenset()
    happened: int = 0
    record: list = field(default_factory=list)

    def __post_init__(self):
        d = self.deployed
        self.names = d.names
        devices = {name: d.site(i).device for i, name in enumerate(d.names)}
        lists = d.plan.list_networks(devices)
        self.specs = {name: lists[name][0] for name in d.names}
        self.enrolled = {name: (self.specs[name], d.site(i).samples) for i, name in enumerate(d.names)}
        self.workers = {name: self.worker(i) for i, name in enumerate(d.names)}
        self.course = self.again()

    def worker(self, index) -> SiteWorker:
        return self.deployed.site(index).worker(self.specs[self.names[index]])

    def ledger(self) -> Ledger:
        return Ledger(self.deployed.folder / "aggregator", self.deployed.agreed.digest)

    def again(self) -> Course:
        """What a new process goes on with."""
        return Course(self.deployed.plan, self.ledger(), self.enrolled)

    def event(self):
        if self.happened in self.restarts:
            self.course = self.again()
        self.happened += 1

    def pull(self, site):
        worker = self.workers[site]
        parts = self.course.answer(site, worker.exchange.holds(site))
        worker.absorb(parts, self.course.closed)
        self.record.append((site, "down", self.course.closed, said(parts)))
        self.event()

    def step(self, site) -> Contribution:
        parts, _ = self.workers[site].step(self.course.open)
        self.record.append((site, "up", self.course.open, said(parts)))
        return contribution(parts)

    def push(self, site):
        assert self.course.accept(site, self.course.open, self.step(site), still) is Verdict.OK
        self.event()

    def close(self):
        assert self.course.close() == []
        self.event()

    def play(self):
        """All rounds; the last site is the first to push."""
        for site in self.names:
            self.pull(site)
        while self.course.closed < ROUNDS:
            for site in reversed(self.names):
                self.push(site)
            self.close()
            for site in self.names:
                self.pull(site)
        return self.record


EVENTS = FEW + ROUNDS * (2 * FEW + 1)


def contribution(parts: list[Part], **figures) -> Contribution:
    return Contribution(tuple(Piece(kind_number(part.kind), part.data) for part in parts), figures)


def table(folder, method="fedkdnas", restarts=(), overrides=()):
    return Table(Deployed(tiny(method, *OVERRIDES, *overrides), folder), frozenset(restarts))


@pytest.fixture
def opened(tmp_path):
    """A table whose sites have what goes down before the first round."""
    it = table(tmp_path)
    for site in it.names:
        it.pull(site)
    return it


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    it = table(tmp_path_factory.mktemp("undisturbed"))
    it.play()
    assert it.happened == EVENTS
    return it


def on_disk(it):
    return sorted(it.ledger().inbox.read(it.course.open, it.names))


def final(it):
    return it.ledger().newest().arrays


def assert_same(one, other):
    assert one.record == other.record
    assert final(one).keys() == final(other).keys()
    for name, array in final(one).items():
        np.testing.assert_array_equal(array, final(other)[name], strict=True)


def test_what_is_said_counts_once(opened):
    course, (first, second) = opened.course, opened.names
    contributed = opened.step(first)

    assert (course.open, course.silent) == (1, [first, second])
    assert course.accept(first, 1, contributed, still) is Verdict.OK
    assert (dict(course.said), course.silent) == ({first: contributed}, [second])
    assert on_disk(opened) == [first]
    # Again, and something else in its place.
    for more in (contributed, Contribution(()), Contribution((Piece(99, b"?"),))):
        assert course.accept(first, 1, more, still) is Verdict.DUP
    assert dict(course.said) == {first: contributed}
    assert opened.again().said == {first: contributed}


def test_what_comes_after_a_round_is_late_and_changes_nothing(opened):
    course, (first, second) = opened.course, opened.names
    contributed = {site: opened.step(site) for site in opened.names}
    assert course.accept(first, 1, contributed[first], still) is Verdict.OK

    assert course.close() == [second]

    kept = opened.ledger().newest().arrays
    for site in opened.names:
        assert course.accept(site, 1, contributed[site], still) is Verdict.LATE
        assert course.accept(site, 0, Contribution(()), still) is Verdict.LATE
    assert (course.open, dict(course.said), course.silent) == (2, {}, [first, second])
    assert on_disk(opened) == []
    for name, array in opened.ledger().newest().arrays.items():
        np.testing.assert_array_equal(array, kept[name])


def test_who_is_ahead_or_not_enrolled_is_refused(opened):
    course, first = opened.course, opened.names[0]
    contributed = opened.step(first)

    for ahead in (2, 3, 2**32 - 1):
        with pytest.raises(RefusedError, match=f"'{first}' speaks in round {ahead}, open is 1"):
            course.accept(first, ahead, contributed, still)
    for stranger in ("site-07", "", "../site-00"):
        with pytest.raises(RefusedError, match="speaks before it is enrolled"):
            course.accept(stranger, 1, contributed, still)
        with pytest.raises(RefusedError, match="asks before it is enrolled"):
            course.answer(stranger, {})
    assert dict(course.said) == {}
    assert on_disk(opened) == []


def test_what_does_not_fit_is_refused_and_the_site_may_say_it_better(opened):
    course, (first, second) = opened.course, opened.names
    contributed, of_another = opened.step(first), opened.step(second)
    (piece, *_) = contributed.pieces
    for wrong, error, match in (
        (Contribution((Piece(99, piece.data),)), CorruptMessageError, "unknown kind 99"),
        (Contribution((Piece(piece.kind, piece.data[:-1]),)), CorruptMessageError, "."),
        (Contribution((*contributed.pieces, *contributed.pieces)), KnowledgeError, "twice"),
        (of_another, KnowledgeError, f"a message is from '{second}'"),
    ):
        with pytest.raises(error, match=match):
            course.accept(first, 1, wrong, still)
    assert (dict(course.said), on_disk(opened)) == ({}, [])

    assert course.accept(first, 1, contributed, still) is Verdict.OK


def test_a_site_may_have_nothing_to_say(opened):
    """As in local training; a round does not wait for more."""
    first, second = opened.names
    assert opened.course.accept(first, 1, Contribution(()), still) is Verdict.OK
    assert opened.course.silent == [second]
    opened.push(second)

    assert opened.course.close() == []
    assert opened.course.open == 2


WRONG_KINDS = [
    ("scarlet", Kind.WEIGHTS),
    ("scarlet", Kind.PROTOTYPES),
    ("fd", Kind.WEIGHTS),
    ("fd", Kind.PROBS),
    ("fedproto", Kind.WEIGHTS),
    ("feddf", Kind.LOGITS),
    ("feddf", Kind.PROTOTYPES),
    ("fedkdnas", Kind.WEIGHTS),
    ("fedavg", Kind.PROBS),
]


def of_kind(kind, worker):
    """Something sound of a kind that the method does not send up."""
    exchange, name = worker.exchange, worker.profile.name
    rows, classes = exchange.context.row_set, exchange.classes
    arrays = {
        Kind.PROBS: {"values": np.full((len(rows), classes), 1 / classes, np.float32)},
        Kind.LOGITS: {"values": np.zeros((len(rows), classes), np.float32)},
        Kind.PROTOTYPES: {"values": np.zeros((classes, 4), np.float32)},
        Kind.WEIGHTS: {
            key: np.zeros(shape, np.float32) for key, shape in (exchange.shapes(worker.profile.spec) or {}).items()
        },
    }[kind]
    keys = {Kind.PROTOTYPES: np.arange(classes), Kind.WEIGHTS: np.empty(0, np.int64)}.get(kind, rows)
    knowledge = Knowledge(kind, arrays, keys, name, 1, "00112233aabbccdd")
    return contribution([Part(kind, exchange.write(knowledge, worker.profile))])


@pytest.mark.parametrize(("method", "kind"), WRONG_KINDS)
def test_a_kind_that_the_method_does_not_send_up_is_refused(method, kind, tmp_path):
    it = table(tmp_path, method)
    for site in it.names:
        it.pull(site)
    first, second = it.names

    with pytest.raises(WireError):
        it.course.accept(first, 1, of_kind(kind, it.workers[first]), still)

    it.push(second)
    assert it.course.close() == [first]


@pytest.mark.xfail(strict=True, reason="the width of prototypes is checked when the round is closed, not before")
def test_prototypes_of_another_width_are_refused(tmp_path):
    it = table(tmp_path, "fedproto")
    for site in it.names:
        it.pull(site)
    first, second = it.names

    with pytest.raises(WireError):
        it.course.accept(first, 1, of_kind(Kind.PROTOTYPES, it.workers[first]), still)

    it.push(second)
    assert it.course.close() == [first]


def test_what_cannot_be_kept_does_not_count(opened, monkeypatch):
    course, first = opened.course, opened.names[0]
    contributed = opened.step(first)
    with monkeypatch.context() as patch:
        patch.setattr(records.os, "fdatasync", full)
        with pytest.raises(DiskError):
            course.accept(first, 1, contributed, still)
        assert (dict(course.said), course.silent) == ({}, opened.course.silent)
        assert first in course.silent

    assert on_disk(opened) == []
    assert opened.again().said == {}
    assert course.accept(first, 1, contributed, still) is Verdict.OK
    assert opened.again().said == {first: contributed}


def test_who_was_fenced_meanwhile_does_not_count(opened, monkeypatch):
    course, first = opened.course, opened.names[0]
    contributed, reads, read = opened.step(first), [], Course._read
    monkeypatch.setattr(Course, "_read", lambda self, *said: reads.append(said) or read(self, *said))

    def fenced():
        # Asked once the message was read, which takes a while, and before anything of it is kept.
        assert (len(reads), on_disk(opened)) == (1, [])
        raise FencedError("this session is fenced", "end")

    with pytest.raises(FencedError):
        course.accept(first, 1, contributed, fenced)

    assert (dict(course.said), on_disk(opened)) == ({}, [])
    assert course.accept(first, 1, contributed, still) is Verdict.OK


def test_a_round_that_cannot_be_kept_is_closed_by_whoever_goes_on(undisturbed, tmp_path, monkeypatch):
    it = table(tmp_path)
    for site in it.names:
        it.pull(site)
    for site in reversed(it.names):
        it.push(site)
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "write_checkpoint", fail)
        with pytest.raises(DiskError):
            it.course.close()
    assert it.ledger().newest() is None

    it.course = it.again()
    assert set(it.course.said) == set(it.names)
    assert it.course.open == 1
    it.close()
    for site in it.names:
        it.pull(site)
    while it.course.closed < ROUNDS:
        for site in reversed(it.names):
            it.push(site)
        it.close()
        for site in it.names:
            it.pull(site)

    assert_same(it, undisturbed)


@pytest.mark.parametrize("point", range(EVENTS))
def test_a_restart_at_any_point_changes_nothing(point, undisturbed, tmp_path):
    """After each answer, after each contribution, and after each round."""
    it = table(tmp_path, restarts=(point,))

    it.play()

    assert_same(it, undisturbed)


@pytest.mark.parametrize("method", ["fedkdnas", "fedavg_int8", "scarlet", "feddf"])
def test_a_restart_at_every_point_changes_nothing(method, tmp_path):
    once, often = table(tmp_path / "once", method), table(tmp_path / "often", method, range(EVENTS))

    once.play()
    often.play()

    assert_same(often, once)


def test_an_answer_is_the_same_however_often_it_is_asked_for(opened):
    first = opened.names[0]
    opened.push(opened.names[1])
    opened.course.close()
    holds = opened.workers[first].exchange.holds(first)

    parts = opened.course.answer(first, holds)

    # The reply was lost: the site holds what it held, and asks again.
    assert said(opened.course.answer(first, holds)) == said(opened.course.answer(first, holds))
    opened.workers[first].absorb(opened.course.answer(first, holds), 1)
    assert parts


@pytest.mark.parametrize(("restarted", "killed_in"), [(False, 1), (False, 2), (True, 1), (True, 2)])
def test_a_site_that_lost_its_state_and_an_aggregator_that_lost_its_memory_agree(restarted, killed_in, tmp_path):
    """What the site sends is coded against what it was answered; both must mean the same bits by that."""
    it = table(tmp_path)
    first, second = it.names
    for site in it.names:
        it.pull(site)
    saved = it.workers[first].snapshot()
    for round_ in range(1, ROUNDS):
        for site in reversed(it.names):
            it.push(site)
        it.close()
        it.pull(second)
        if round_ == killed_in:
            # Killed before its state was on disk: it goes on from the state before.
            it.pull(first)
            it.workers[first] = it.worker(0)
            it.workers[first].restore(saved)
        it.pull(first)
        if restarted:
            it.course = it.again()
        saved = it.workers[first].snapshot()

    for site in it.names:
        assert it.course.accept(site, ROUNDS, it.step(site), still) is Verdict.OK
