"""What travels by Flower arrives bit for bit, and what is damaged is noticed."""

from __future__ import annotations

import json

import numpy as np
import pytest
from flwr.app import Array, ArrayRecord, ConfigRecord, MetricRecord, RecordDict
from hypothesis import given
from hypothesis import strategies as st

from fedkd.errors import CorruptMessageError, DiskError, FedkdError, RefusedError, RoundFailedError
from fedkd.federation import Part
from fedkd.knowledge import Kind
from fedkd.runtime.flower.parcel import Parcel, failure

from .grid import travelled

KINDS = list(Kind)


def there(parcel: Parcel) -> Parcel:
    return Parcel.from_records(travelled(parcel.to_records()))


def test_several_parts_with_figures_arrive_bit_for_bit():
    parts = [Part(Kind.PROBS, bytes(range(256))), Part(Kind.WEIGHTS, b""), Part(Kind.PROBS, b"\x00\xff" * 70_000)]
    sent = Parcel({"round": 3, "site": "site-00", "last": False}, parts, {"accuracy": 0.1 + 0.2, "train_cpu_s": 2.0})

    got = there(sent)

    assert (got.about, got.parts, got.figures) == (sent.about, sent.parts, sent.figures)


def test_more_than_ten_parts_keep_their_order():
    parts = [Part(Kind.PROBS, bytes([number])) for number in range(12)]

    assert [part.data for part in there(Parcel({}, parts)).parts] == [bytes([number]) for number in range(12)]


@given(
    st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=8) | st.none() | st.booleans(), max_size=4),
    st.lists(st.tuples(st.sampled_from(KINDS), st.binary(max_size=64)), max_size=5),
    st.dictionaries(st.text("abc_", min_size=1, max_size=6), st.floats(allow_nan=False), max_size=4),
)
def test_whatever_is_sent_arrives(about, parts, figures):
    about = {key: value for key, value in about.items() if key not in ("kinds", "error")}
    sent = Parcel(about, [Part(kind, data) for kind, data in parts], figures)

    got = there(sent)

    assert (got.about, got.parts, got.figures) == (sent.about, sent.parts, sent.figures)


@pytest.mark.parametrize("kind", [RefusedError, DiskError, RoundFailedError, FedkdError])
def test_an_error_is_raised_on_the_other_side_as_it_was_here(kind):
    with pytest.raises(FedkdError) as raised:
        there(failure(kind("'x' is full", "free some space")))

    assert type(raised.value) is kind
    assert (raised.value.code, str(raised.value)) == (kind.code, "'x' is full; free some space.")


def records(about: object = None, arrays: ArrayRecord | None = None, **others) -> RecordDict:
    text = about if isinstance(about, str) else json.dumps(about if about is not None else {"kinds": ["probs"]})
    arrays = arrays if arrays is not None else ArrayRecord({"00": Array(np.zeros(3, np.uint8))})
    return RecordDict({"about": ConfigRecord({"json": text}), "parts": arrays, **others})


def without(name: str) -> RecordDict:
    found = records()
    del found[name]
    return found


DAMAGED = {
    "nothing": RecordDict(),
    "no about": without("about"),
    "no parts": without("parts"),
    "about is a record of arrays": RecordDict({"about": ArrayRecord(), "parts": ArrayRecord()}),
    "another setting": RecordDict({"about": ConfigRecord({"text": "{}"}), "parts": ArrayRecord()}),
    "no JSON": records("{"),
    "a number as JSON": records("3"),
    "a list as JSON": records("[]"),
    "no kinds": records({}),
    "kinds that are a number": records({"kinds": 3}),
    "an unknown kind": records({"kinds": ["gossip"]}),
    "a kind too many": records({"kinds": ["probs", "probs"]}),
    "a part too many": records({"kinds": []}),
    "figures that are lists": records(figures=MetricRecord({"accuracy": [0.5, 0.5]})),
    "an array of another format": records(arrays=ArrayRecord({"00": Array("uint8", (3,), "pickle", b"abc")})),
    "an array without its header": records(arrays=ArrayRecord({"00": Array("uint8", (3,), "numpy.ndarray", b"abc")})),
    "an array that was cut": records(
        arrays=ArrayRecord({"00": Array("uint8", (3,), "numpy.ndarray", Array(np.zeros(3, np.uint8)).data[:-1])})
    ),
    "an error of one word": records({"kinds": ["probs"], "error": "full"}),
    "an error without a fix": records({"kinds": ["probs"], "error": [54, "the disk is full"]}),
    "an error without a number": records({"kinds": ["probs"], "error": ["a", "b", "c"]}),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_records_are_noticed(name):
    with pytest.raises(CorruptMessageError, match="a Flower message is no parcel"):
        Parcel.from_records(DAMAGED[name])


def test_what_the_damaged_ones_are_made_from_is_fine():
    assert Parcel.from_records(records()).parts == [Part(Kind.PROBS, bytes(3))]
