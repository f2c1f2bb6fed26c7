"""The exchange: encoded, counted, decoded, checked; and it remembers what both ends hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fedkd.errors import KnowledgeError
from fedkd.knowledge import Kind, Knowledge
from fedkd.wire import Chain, WireContext
from fedkd.wire.stages import Delta, Float16, Float32, Zstd

from .cases import HALVES, ROWS, SPEC, make_exchange, probs, profile

A, B = profile("a"), profile("b")
PLAIN = Chain((Float32(),))
NO_ROWS = np.zeros(0, np.int64)


def weights(value: float, kind: Kind = Kind.WEIGHTS) -> Knowledge:
    return Knowledge(kind, {"w": np.full((2, 2), value, np.float32)}, NO_ROWS, "server", 1, "")


def test_bytes_are_the_length_of_what_the_codec_returns():
    exchange = make_exchange(PLAIN)

    delivery = exchange.carry(probs("a"), A, up=True)

    assert delivery.size == len(PLAIN.encode(probs("a"), WireContext(ROWS)))
    np.testing.assert_array_equal(delivery.knowledge.arrays["values"], HALVES)


def test_the_receiver_gets_what_the_wire_made_of_it():
    third = Knowledge(Kind.PROBS, {"values": np.float32([[1 / 3, 2 / 3]] * 2)}, ROWS, "a", 1, "")

    delivery = make_exchange(Chain((Float16(),))).carry(third, A, up=True)

    np.testing.assert_array_equal(delivery.knowledge.arrays["values"], np.float16(third.arrays["values"]))


@pytest.mark.parametrize(
    ("knowledge", "message"),
    [
        (replace(probs("a"), kind=Kind.LOGITS), "the task has no use for logits"),
        (replace(probs("a"), arrays={"values": np.float32([[1, 1], [0, 1]])}), "no distribution"),
        (replace(probs("a"), arrays={"values": np.full((2, 3), 1 / 3, np.float32)}), r"not \[2, 2\]"),
        (replace(probs("a"), rows=np.array([4, 5])), "1 row ids are unknown"),
        (weights(1.0), "'w' has shape"),
    ],
    ids=["kind", "values", "columns", "rows", "shapes"],
)
def test_what_does_not_fit_the_round_is_refused(knowledge, message):
    exchange = make_exchange(PLAIN, (Kind.PROBS, Kind.WEIGHTS), shapes=lambda spec: {"w": (3, 2)})

    with pytest.raises(KnowledgeError, match=message):
        exchange.carry(knowledge, A, up=True)


def test_weights_of_trees_may_have_any_shape():
    exchange = make_exchange(PLAIN, (Kind.WEIGHTS,), shapes=lambda spec: None if spec == SPEC else {})

    assert exchange.carry(weights(1.0), A, up=False).size > 0


def sizes(exchange, values, site=A) -> list[int]:
    """Bytes of weights that go down one after the other."""
    return [exchange.carry(weights(value), site, up=False).size for value in values]


def test_differences_are_coded_against_what_this_site_holds():
    exchange = make_exchange(Chain((Delta(), Float32())), (Kind.WEIGHTS,))

    deliveries = [exchange.carry(weights(value), A, up=False).knowledge for value in (1.0, 1.5, 4.0)]
    other = exchange.carry(weights(7.0), B, up=False).knowledge

    assert [d.arrays["w"][0, 0] for d in deliveries] == [1.0, 1.5, 4.0]
    assert other.arrays["w"][0, 0] == 7.0


def test_what_goes_up_is_not_what_a_site_holds():
    exchange = make_exchange(PLAIN, (Kind.PROBS,))

    exchange.carry(probs("a"), A, up=True)

    assert exchange.state(["a"]).keys() == {f"{kind}|holders|" for kind in (Kind.PROBS, Kind.WEIGHTS)}


def test_a_part_of_the_rows_is_no_reference():
    exchange = make_exchange(PLAIN, (Kind.PROBS,))
    part = Knowledge(Kind.PROBS, {"values": HALVES[:1]}, ROWS[:1], "server", 1, "")

    exchange.carry(part, A, up=False)

    assert exchange.state(["a"])["probs|holders|"].tolist() == [-1]


def test_what_is_forgotten_is_coded_on_its_own_again():
    exchange = make_exchange(PLAIN, (Kind.WEIGHTS,))
    first, second = sizes(exchange, (1.0, 1.0))

    exchange.forget("a", Kind.WEIGHTS)

    # A message that stands on a reference says which.
    assert second > first
    assert sizes(exchange, (1.0,)) == [first]


def test_state_and_restore_are_inverse():
    chain = Chain((Delta(), Float32()))
    one, other = (make_exchange(chain, (Kind.WEIGHTS, Kind.PROBS)) for _ in range(2))
    for site, value in ((A, 1.0), (B, 1.0)):
        one.carry(weights(value), site, up=False)
    one.carry(probs("server"), B, up=False)

    state = one.state(["a", "b", "c"])
    other.restore(state, ["a", "b", "c"])

    assert state["weights|holders|"].tolist() == [0, 0, -1]
    assert state["probs|holders|"].tolist() == [-1, 0, -1]
    assert sum(key.startswith("weights|0|") for key in state) == 1
    assert other.state(["a", "b", "c"]).keys() == state.keys()
    for site in (A, B):
        for value in (2.0, 3.0):
            mine, theirs = (exchange.carry(weights(value), site, up=False) for exchange in (one, other))
            assert mine.size == theirs.size
            assert theirs.knowledge.arrays["w"][0, 0] == value


def test_a_broadcast_is_coded_for_what_each_receiver_holds():
    exchange = make_exchange(Chain((Delta(), Zstd(9))), (Kind.WEIGHTS,))
    noise = np.random.default_rng(0).normal(size=(50, 40)).astype(np.float32)
    first, second = (Knowledge(Kind.WEIGHTS, {"w": noise}, ROWS[:0], "server", r, "") for r in (1, 2))
    exchange.carry(first, A, up=False)

    known, unknown, again = (exchange.carry(second, profile(name), up=False) for name in ("a", "b", "a"))

    # Nothing has changed for a; b gets everything. A third time a holds what it was just sent.
    assert known.size < 200 < 7000 < unknown.size
    for delivery in (known, unknown, again):
        np.testing.assert_array_equal(delivery.knowledge.arrays["w"], noise)
