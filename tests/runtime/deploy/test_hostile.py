"""A certified site that sends whatever it likes: nothing of it counts, everything is refused with a reason.

`FEDKD_HOSTILE` says how many pushes each of the two methods gets; by default 1000.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from dataclasses import replace

import grpc
import numpy as np
import psutil
import pytest
import zstandard

from fedkd.errors import UnreachableError, WireError
from fedkd.knowledge import Knowledge
from fedkd.runtime.deploy.rules import Rules
from fedkd.wire import ByteStage, Limits
from fedkd.wire.envelope import seal
from fedkd.wire.header import kind_of
from fedkd.wire.service.status import error_of
from fedkd.wire.service.stream import MOST_PIECES, Piece, cut
from fedkd.wire.v1 import aggregator_pb2 as pb
from fedkd.wire.v1 import knowledge_pb2 as kpb
from sim.streams import Streams
from tests.tiny import ROUNDS, tiny

from .federation import ALONE, Deployed, Running
from .test_faults import ByHand, assert_same, targets

PUSHES = int(os.environ.get("FEDKD_HOSTILE", "2000")) // 2
WARM_UP = 200
GROWTH = 32 * 2**20
HUGE = (2**31, 2**40, 2**63, 2**64 - 1)


def bomb(declared):
    """64 kB of zstd that expand to 128 MB, which the frame may keep to itself."""
    packer = zstandard.ZstdCompressor(level=1).compressobj(size=2**27 if declared else zstandard.CONTENTSIZE_UNKNOWN)
    return b"".join([*(packer.compress(bytes(2**20)) for _ in range(128)), packer.flush()])


BOMBS = (bomb(True), bomb(False))


class Hostile:
    """Makes pushes out of an honest one. Each method returns chunks.

    Args:
        site: Whose session it is.
        round_: The open round.
        pieces: What the site should say.
    """

    def __init__(self, site: ByHand, round_: int, pieces: list[Piece]) -> None:
        self.site, self.round, self.pieces = site, round_, pieces
        self.profile, exchange = site.worker.profile, site.worker.exchange
        self.exchange = exchange
        (self.piece,) = pieces
        self.kind = kind_of(self.piece.kind)
        self.codec = exchange.method.codec(self.kind, True)
        self.honest: Knowledge = self.read(self.piece.data)
        self.content = kpb.Envelope.FromString(self.piece.data).content
        for stage in reversed(self.byte_stages):
            self.content = stage.unpack(self.content, 2**26)
        self.mutations = [getattr(self, name) for name in sorted(dir(self)) if name.startswith("with_")]

    @property
    def byte_stages(self) -> list[ByteStage]:
        return [stage for stage in self.codec.stages if isinstance(stage, ByteStage)]

    def read(self, data: bytes) -> Knowledge:
        return self.exchange.read(data, self.kind, self.profile, up=True)

    def sealed(self, content: bytes) -> bytes:
        """A message with a valid checksum around any content."""
        for stage in self.byte_stages:
            content = stage.pack(content)
        return seal([content], self.codec.name, Limits())

    def head(self, **changes) -> pb.Head:
        return pb.Head(**({"session": self.site.session, "round": self.round} | changes))

    def said(self, *datas: bytes, **changes) -> list[bytes]:
        return list(cut(self.head(**changes), [Piece(self.piece.kind, data) for data in datas]))

    def announced(self, sizes, data: bytes) -> list[bytes]:
        """A head that promises sizes, and what comes in their place."""
        head = self.head()
        for size in sizes:
            head.pieces.add(kind=self.piece.kind, size=size)
        data_alone = list(cut(pb.Head(), [Piece(self.piece.kind, data)]))[1:]
        return [pb.Chunk(head=head).SerializeToString(), *data_alone]

    # Damage on the way.

    def with_an_end_too_soon(self, rng):
        return self.said(self.piece.data[: rng.integers(len(self.piece.data))])

    def with_flipped_bits(self, rng):
        def flipped():
            data = bytearray(self.piece.data)
            for place in rng.integers(len(data), size=rng.integers(1, 4)):
                data[place] ^= 1 << rng.integers(8)
            return bytes(data)

        return self.said(self.no_paraphrase(flipped))

    def with_bytes_put_in(self, rng):
        def longer():
            data, place = self.piece.data, rng.integers(len(self.piece.data))
            return data[:place] + rng.bytes(rng.integers(1, 5)) + data[place:]

        return self.said(self.no_paraphrase(longer))

    def no_paraphrase(self, damaged) -> bytes:
        """Damaged data; those that decode say the same as the honest ones, and are no attack."""
        while True:
            try:
                same(self.read(data := damaged()), self.honest)
            except WireError:
                return data

    def with_noise_alone(self, rng):
        return self.said(rng.bytes(rng.integers(1, 600)))

    # Streams that are none.

    def with_less_than_announced(self, rng):
        data = self.piece.data
        return self.announced([len(data)], data[: rng.integers(len(data))])

    def with_more_than_announced(self, rng):
        data = self.piece.data
        return self.announced([rng.integers(len(data))], data)

    def with_huge_sizes_announced(self, rng):
        size = HUGE[rng.integers(len(HUGE))]
        return self.announced([size] * int(rng.integers(1, MOST_PIECES)), self.piece.data)

    def with_too_many_pieces(self, rng):
        return self.said(*[self.piece.data] * rng.integers(MOST_PIECES + 1, 40))

    def with_pieces_twice(self, rng):
        return self.said(*[self.piece.data] * rng.integers(2, MOST_PIECES))

    def with_an_empty_piece(self, rng):
        return self.said(*([b"", self.piece.data] if rng.random() < 0.5 else [b""]))

    def with_heads_out_of_place(self, rng):
        head, *data = self.said(self.piece.data)
        empty = b""
        orders = [[], data, [empty], [head, head, *data], [*data, head], [head, *data, head], [head, empty, *data]]
        return [*orders[rng.integers(len(orders))]]

    # The wrong thing.

    def with_another_round(self, rng):
        others = [0, self.round - 1, self.round + 1, 2**32 - 1]
        return self.said(self.piece.data, round=others[rng.integers(len(others))])

    def with_knowledge_of_another_round(self, rng):
        return self.said(self.written(round=int(rng.choice([0, self.round - 1, self.round + 1, 2**32 - 1]))))

    def with_words_of_another_site(self, rng):
        return self.said(self.written(sender=str(rng.choice(["site-00", "site-07", "", "server", "x" * 2000]))))

    def with_another_kind(self, rng):
        kinds = [kind for kind in (*range(-1, 12), 99, 2**31 - 1) if kind != self.piece.kind]
        return list(cut(self.head(), [Piece(kinds[rng.integers(len(kinds))], self.piece.data)]))

    def with_another_codec(self, rng):
        content = kpb.Envelope.FromString(self.piece.data).content
        names = [name for name in ("", "float32", "int8+zstd", "x" * 300) if name != self.codec.name]
        return self.said(seal([content], names[rng.integers(len(names))], Limits()))

    def with_another_session(self, rng):
        mine = self.site.session
        sessions = [
            pb.Session(),
            pb.Session(site=mine.site, epoch=mine.epoch),
            pb.Session(site=mine.site, epoch=mine.epoch, instance="another"),
            pb.Session(site=mine.site, epoch=mine.epoch - 1, instance=mine.instance),
            pb.Session(site=mine.site, epoch=mine.epoch + 1, instance=mine.instance),
            pb.Session(site=mine.site, epoch=2**64 - 1, instance=mine.instance),
            pb.Session(site="site-00", epoch=1, instance=mine.instance),
            pb.Session(site="site-00", epoch=1),
            pb.Session(site="../site-00", epoch=1, instance=mine.instance),
            pb.Session(site="ä" * 2000, epoch=1, instance=mine.instance),
        ]
        return self.said(self.piece.data, session=sessions[rng.integers(len(sessions))])

    def written(self, **changes) -> bytes:
        return self.exchange.write(replace(self.honest, **changes), self.profile)

    # What a valid checksum hides.

    def with_another_shape(self, rng):
        header, data = self.opened()
        array = header.arrays[rng.integers(len(header.arrays))]
        shape = list(array.shape)
        axis = rng.integers(len(shape)) if shape else 0
        shapes = [
            [*shape[:axis], shape[axis] + 1, *shape[axis + 1 :]] if shape else [1],
            [*shape[:axis], HUGE[rng.integers(len(HUGE))], *shape[axis + 1 :]],
            [*shape, 2],
            [0, *shape],
            [2**20] * 3,
            [1] * 20,
            [],
        ]
        del array.shape[:]
        array.shape.extend(shapes[rng.integers(len(shapes))])
        return self.closed(header, data)

    def with_another_type_or_name(self, rng):
        header, data = self.opened()
        array = header.arrays[rng.integers(len(header.arrays))]
        match rng.integers(4):
            case 0:
                # Other floating-point numbers would be as good.
                array.dtype = int(rng.choice([-1, *range(kpb.DTYPE_INT8, kpb.DTYPE_UINT32 + 1), 77]))
            case 1:
                array.name = str(rng.choice(["w", "values#scale", "#", "x" * 1000]))
            case 2:
                header.arrays.append(array)
            case 3:
                del header.arrays[:]
        return self.closed(header, data)

    def with_numbers_that_are_none(self, rng):
        """NaN, infinities and what else no distribution holds, as floats; bytes cut off and put on elsewhere."""
        header, data = self.opened()
        if self.codec.name == "float32":
            numbers = np.frombuffer(data, "<f4").copy()
            wrong = np.array([np.nan, np.inf, -np.inf, 1e30, -0.5, 2.0], np.float32)
            numbers[rng.integers(len(numbers), size=rng.integers(1, 4))] = wrong[rng.integers(len(wrong))]
            return self.closed(header, numbers.tobytes())
        return self.closed(header, data[:-1] if rng.random() < 0.5 else data + b"\0")

    def with_flipped_bits_behind_a_checksum(self, rng):
        """Another opinion is a site's right, so only what cannot be read is sent."""
        while True:
            content = bytearray(self.content)
            content[rng.integers(len(content))] ^= 1 << rng.integers(8)
            try:
                self.read(data := self.sealed(bytes(content)))
            except WireError:
                return self.said(data)

    def with_a_long_header(self, rng):
        header, data = self.opened()
        header.sender = "x" * (Limits().max_header_bytes + int(rng.integers(1, 1000)))
        return self.closed(header, data)

    def with_a_bomb(self, rng):
        data = BOMBS[rng.integers(2)] if self.byte_stages else self.content
        return self.said(seal([data], self.codec.name if self.byte_stages else "float32+zstd", Limits()))

    def opened(self):
        content = kpb.Content.FromString(self.content)
        return kpb.Header.FromString(content.header), content.data

    def closed(self, header, data):
        content = kpb.Content(header=header.SerializeToString(), data=data)
        return self.said(self.sealed(content.SerializeToString()))


def same(one, other):
    """Assert that two Knowledges agree in every bit."""
    about = ("kind", "sender", "round", "fingerprint")
    assert [getattr(one, name) for name in about] == [getattr(other, name) for name in about]
    assert list(one.arrays) == list(other.arrays)
    np.testing.assert_array_equal(one.rows, other.rows, strict=True)
    for name, array in one.arrays.items():
        np.testing.assert_array_equal(array, other.arrays[name], strict=True)


def push(site, chunks):
    """The reply of one attempt, or the error that a session would see."""
    try:
        return site.client._calls["Push"](iter(chunks), timeout=30), None
    except grpc.RpcError as error:
        return None, error_of(error.code(), error.details() or "")


def federation(folder, method):
    scenario = tiny(method, *ALONE, "federation.sites=2")
    return Deployed(scenario, folder, Rules(quorum=1.0, round_s=3600, lease_s=3600))


def alone(folder, method):
    """Both sites honest: what they end with."""
    deployed = federation(folder, method)
    with deployed.host() as hosted:
        sessions = [Running(deployed.session(i, hosted.port)) for i in range(2)]
        assert [session.result() for session in sessions] == [ROUNDS] * 2
        hosted.join(30)
    return targets(deployed), sessions[0].session.participant.store.newest()


def attack(hostile, count, begin, outcomes):
    """Send `count` pushes; none may count."""
    for number in range(begin, begin + count):
        mutation = hostile.mutations[number % len(hostile.mutations)]
        chunks = mutation(Streams(7).generator("hostile", number))
        name = mutation.__name__
        reply, error = push(hostile.site, chunks)
        if error is None:
            assert reply.verdict == pb.PushReply.VERDICT_LATE, (name, number, reply)
            assert pb.Chunk.FromString(chunks[0]).head.round < hostile.round
        else:
            told(error)
        outcomes[name, "late" if error is None else type(error).__name__] += 1


def told(error):
    """A refusal has a reason, and one that somebody thought of."""
    assert isinstance(error, WireError)
    assert len(error.what) > 20
    assert not any(word in error.what for word in ("(unknown", "(internal", "Unexpected", "deadline")), error


@pytest.mark.parametrize("method", ["fedkdnas", "ds_fl"])
def test_nothing_that_a_hostile_site_sends_counts(method, tmp_path):
    expected_targets, expected_state = alone(tmp_path / "alone", method)
    deployed, outcomes, process = federation(tmp_path / "attacked", method), Counter(), psutil.Process()
    with deployed.host() as hosted:
        honest, site = Running(deployed.session(0, hosted.port)), ByHand(deployed, 1, hosted.port)
        site.choose()
        site.pull(0)
        warm, sent = None, 0
        for round_ in range(1, ROUNDS + 1):
            pieces = site.step(round_)
            hostile = Hostile(site, round_, pieces)
            share = PUSHES * round_ // ROUNDS - sent
            if warm is None:
                attack(hostile, first := min(WARM_UP, share), 0, outcomes)
                warm, sent, share = process.memory_info().rss, first, share - first
            attack(hostile, share, sent, outcomes)
            sent += share
            # Nothing of all that has been counted, and what the site should have said still is.
            members = site.client.status().members
            assert members[1].contributed == 0
            figures = {f"x{i}": float(x) for i, x in enumerate([np.nan, np.inf, -np.inf, *range(500)])}
            reply, error = push(site, hostile.said(*(piece.data for piece in pieces), figures=figures))
            assert reply is None
            told(error)
            reply, _ = push(site, hostile.said(*(piece.data for piece in pieces)))
            assert reply.verdict == pb.PushReply.VERDICT_OK
            assert site.pull(round_) == round_
        growth = process.memory_info().rss - warm
        site.client.leave(site.session, "done")
        assert honest.result() == ROUNDS
        hosted.join(30)

    assert sent == PUSHES
    assert {name for name, _ in outcomes} == {mutation.__name__ for mutation in hostile.mutations}
    assert growth < GROWTH, f"{growth / 2**20:.1f} MB more"
    print(f"{method}: {sent} pushes, {growth / 2**20:.1f} MB more", *sorted(outcomes.items()), sep="\n  ")
    # The honest site, and the federation, end as if nothing had happened.
    assert_same(targets(deployed), expected_targets)
    state = honest.session.participant.store.newest()
    assert state.absorbed == expected_state.absorbed
    for name, array in state.arrays.items():
        np.testing.assert_array_equal(array, expected_state.arrays[name], strict=True)


def test_an_equal_statement_in_other_words_is_no_attack(tmp_path):
    """What decodes to the honest knowledge counts once, however it was put."""
    deployed = federation(tmp_path, "fedkdnas")
    with deployed.host() as hosted:
        one, other = ByHand(deployed, 0, hosted.port), ByHand(deployed, 1, hosted.port)
        one.join()
        other.choose()
        one.choose()
        one.pull(0)
        hostile = Hostile(one, 1, one.step(1))
        # Fields that this version does not know, outside what the checksum covers.
        in_other_words = hostile.piece.data + bytes([0xF8, 0x07, 0x01])
        same(hostile.read(in_other_words), hostile.honest)

        assert push(one, hostile.said(in_other_words))[0].verdict == pb.PushReply.VERDICT_OK
        assert push(one, hostile.said(hostile.piece.data))[0].verdict == pb.PushReply.VERDICT_DUP
    course = deployed.desk()._course
    (knowledge,) = course._knowledge["site-00"]
    same(knowledge, hostile.honest)
    assert course.said["site-00"].pieces[0].data == in_other_words


@pytest.mark.parametrize("rows", [0, 1, 7, 59])
def test_labels_of_fewer_rows_than_they_have_are_refused_with_a_reason(rows, tmp_path, caplog):
    deployed = federation(tmp_path, "fedkdnas")
    with deployed.host() as hosted:
        one, other = ByHand(deployed, 0, hosted.port), ByHand(deployed, 1, hosted.port)
        one.join()
        other.choose()
        one.choose()
        for site in (one, other):
            site.pull(0)
            assert site.push(1, site.step(1)) == pb.PushReply.VERDICT_OK
        # From now on labels are coded against what the sites were sent.
        one.pull(1)
        hostile = Hostile(one, 2, one.step(2))
        header, data = hostile.opened()
        header.ClearField("rows")
        if rows:
            ids = hostile.honest.rows[:rows]
            header.row_list.deltas.extend(np.diff(ids, prepend=np.int64(0)).tolist())

        reply, error = push(one, hostile.closed(header, data))

        assert reply is None
        told(error)


def test_of_two_pushes_of_a_site_the_newer_counts_and_one_that_trickles_ends(tmp_path):
    deployed = federation(tmp_path, "fedkdnas")
    deployed.rules = replace(deployed.rules, call_s=1.0)
    with deployed.host() as hosted:
        one, other = ByHand(deployed, 0, hosted.port), ByHand(deployed, 1, hosted.port)
        one.join()
        other.choose()
        one.choose()
        one.pull(0)
        hostile, over = Hostile(one, 1, one.step(1)), threading.Event()

        def head_alone():
            yield hostile.said(hostile.piece.data)[0]
            over.wait(20)

        older = one.client._calls["Push"].future(head_alone(), timeout=20)
        time.sleep(0.3)
        trickling = deployed.client(hosted.port)._calls["Push"].future(head_alone(), timeout=20)

        # The newer one ended the older, and ends itself since nothing comes.
        assert "another push of 'site-00' has begun" in older.exception(10).details()
        assert "'site-00' has pushed 0 of" in trickling.exception(10).details()
        assert push(one, hostile.said(hostile.piece.data))[0].verdict == pb.PushReply.VERDICT_OK
        over.set()


def test_a_site_waits_a_few_times_at_once_and_no_more(tmp_path):
    deployed = federation(tmp_path, "fedkdnas")
    with deployed.host() as hosted:
        one, other = ByHand(deployed, 0, hosted.port), ByHand(deployed, 1, hosted.port)
        one.join()
        other.choose()
        one.choose()
        request = pb.PullRequest(session=one.session, round=1)
        waiting = [one.client._calls["Pull"](request, timeout=20) for _ in range(4)]
        time.sleep(0.3)

        with pytest.raises(UnreachableError, match="'site-00' waits 4 times already"):
            one.client.pull(request)
        for call in waiting:
            call.cancel()
