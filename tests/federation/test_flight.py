"""What is on its way survives a checkpoint."""

from __future__ import annotations

import numpy as np

from fedkd.federation.flight import Flight, pack_flights, unpack_flights
from fedkd.knowledge import Kind, Knowledge

from .cases import ROWS, probs


def test_flights_come_back_as_they_were():
    weights = Knowledge(Kind.WEIGHTS, {"a|b": np.arange(3.0), "x": np.ones((2, 2))}, ROWS[:0], "b", 4, "ab" * 8)
    flights = [Flight("a", (), 7), Flight("b", (probs("b", 3), weights), 99)]

    back = unpack_flights(pack_flights(flights))

    assert [(f.site, f.arrives_us, len(f.contributions)) for f in back] == [("a", 7, 0), ("b", 99, 2)]
    for one, other in zip(flights[1].contributions, back[1].contributions, strict=True):
        assert (one.kind, one.sender, one.round, one.fingerprint) == (
            other.kind,
            other.sender,
            other.round,
            other.fingerprint,
        )
        np.testing.assert_array_equal(one.rows, other.rows)
        assert one.arrays.keys() == other.arrays.keys()
        for name, array in one.arrays.items():
            np.testing.assert_array_equal(array, other.arrays[name])


def test_nothing_on_its_way():
    assert unpack_flights(pack_flights([])) == []
