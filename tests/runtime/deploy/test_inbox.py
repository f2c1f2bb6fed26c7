"""What sites said in the open round: each round on its own, and the round before until the next."""

from __future__ import annotations

from fedkd.knowledge import Kind
from fedkd.runtime.deploy.inbox import Contribution, Inbox
from fedkd.wire.service.stream import Piece

SITES = ("site-00", "site-01")
PLAIN = Contribution((Piece(1, b"labels\n\x00\xff of a site"), Piece(4, b""), Piece(5, b"[1, 2]")))
TOLD = Contribution(PLAIN.pieces, {"accuracy": 0.5, "seconds": 12.25})


def test_what_is_said_outlives_the_process(tmp_path):
    inbox = Inbox(tmp_path / "deep" / "inbox")
    assert inbox.read(1, SITES) == {}
    assert inbox.noted(1) == {}

    inbox.put(1, {SITES[1]: PLAIN, SITES[0]: TOLD})

    again = Inbox(tmp_path / "deep" / "inbox")
    assert again.read(1, SITES) == {SITES[0]: TOLD, SITES[1]: PLAIN}
    assert again.read(1, SITES[:1]) == {SITES[0]: TOLD}
    assert again.read(2, SITES) == again.read(3, SITES) == {}


def test_a_round_is_kept_until_the_one_after_the_next(tmp_path):
    """A power cut may take the newest checkpoint's name away; the round before it is closed again then."""
    inbox = Inbox(tmp_path)
    for round_ in (8, 9, 10, 11):
        inbox.put(round_, {SITES[0]: PLAIN})
        inbox.note(round_, {SITES[1]: {}})
        assert inbox.read(round_ - 1, SITES) == ({SITES[0]: PLAIN} if round_ > 8 else {})

    for reader in (inbox, Inbox(tmp_path)):
        assert [reader.read(round_, SITES) for round_ in (8, 9)] == [{}, {}]
        assert [reader.read(round_, SITES) for round_ in (10, 11)] == [{SITES[0]: PLAIN}] * 2
        assert [reader.noted(round_) for round_ in (9, 10, 11)] == [{}, {SITES[1]: {}}, {SITES[1]: {}}]
    assert len(list(tmp_path.iterdir())) == 2


def test_who_goes_on_adds_to_what_is_there(tmp_path):
    Inbox(tmp_path).put(1, {SITES[0]: PLAIN})

    Inbox(tmp_path).put(1, {SITES[1]: TOLD})

    assert Inbox(tmp_path).read(1, SITES) == {SITES[0]: PLAIN, SITES[1]: TOLD}
    # A round that was never closed is in nobody's way.
    Inbox(tmp_path).put(3, {SITES[0]: TOLD})
    assert Inbox(tmp_path).read(3, SITES) == {SITES[0]: TOLD}
    assert Inbox(tmp_path).read(1, SITES) == {}


def test_what_answers_were_coded_against_is_kept_and_the_last_note_counts(tmp_path):
    inbox = Inbox(tmp_path)
    inbox.note(3, {SITES[0]: {Kind.PROBS: 7, Kind.WEIGHTS: 2**32 - 1}, SITES[1]: {Kind.PROBS: 1}})
    inbox.put(3, {SITES[0]: PLAIN})
    inbox.note(3, {SITES[1]: {}})

    again = Inbox(tmp_path)
    assert again.noted(3) == {SITES[0]: {Kind.PROBS: 7, Kind.WEIGHTS: 2**32 - 1}, SITES[1]: {}}
    assert again.read(3, SITES) == {SITES[0]: PLAIN}
