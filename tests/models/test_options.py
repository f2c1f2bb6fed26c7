"""Bounds of options."""

import pytest

from fedkd.models.options import Choice, Real, Whole, Wholes


@pytest.mark.parametrize(
    ("option", "good", "bad"),
    [
        (Whole(3, low=1, high=5), [1, 5], [0, 6, 2.0, True, "3", (3,)]),
        (Wholes((8,), shortest=1, longest=2, high=9), [(1,), (9, 9)], [(), (1, 2, 3), (0,), (10,), 8, "8"]),
        (Real(0.1), [1e-9, 1.0], [0.0, 1.5, 1, "0.1"]),
        (Choice(3, (3, 5)), [3, 5], [4, 3.0, "3"]),
        (Choice("a", ("a", "b")), ["b"], ["c", 1]),
    ],
)
def test_only_values_of_the_right_type_within_bounds_are_accepted(option, good, bad):
    assert all(option.accepts(value) for value in [option.default, *good])
    assert not any(option.accepts(value) for value in bad)
