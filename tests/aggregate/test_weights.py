"""Means of updates: by hand, in every dtype, with and without axes."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.aggregate import apply_update, difference, mean_arrays


def update(weight: float, seen: int) -> dict[str, np.ndarray]:
    return {"weight": np.array([[weight, -weight]], np.float32), "seen": np.array(seen, np.int64)}


def test_updates_count_by_samples():
    mean = mean_arrays([update(1, 4), update(5, 8)], [3, 1])

    np.testing.assert_allclose(mean["weight"], [[2, -2]])
    assert mean["seen"] == 5


def test_one_update_is_its_own_mean():
    mean = mean_arrays([update(0.1, 7)], [13])

    np.testing.assert_array_equal(mean["weight"], update(0.1, 7)["weight"])
    assert mean["seen"] == 7


@pytest.mark.parametrize("sites", [2, 3, 7, 49])
def test_equal_integers_stay_what_they_are(sites):
    for seen in range(1, 30):
        mean = mean_arrays([{"seen": np.array(seen)}] * sites, [7] * sites)
        assert mean["seen"] == seen


def test_dtypes_and_shapes_stay():
    for made in (
        mean_arrays([update(1, 2), update(2, 3)], [1, 2]),
        difference(update(1, 2), update(2, 3)),
        apply_update(update(1, 2), update(2, 3)),
    ):
        assert {name: (type(a), a.dtype, a.shape) for name, a in made.items()} == {
            "weight": (np.ndarray, np.dtype(np.float32), (1, 2)),
            "seen": (np.ndarray, np.dtype(np.int64), ()),
        }


def test_an_update_is_what_leads_from_one_to_the_other():
    step = difference(update(5, 9), update(2, 4))

    assert step["weight"].tolist() == [[3, -3]]
    assert step["seen"] == 5
    after = apply_update(update(2, 4), step)
    assert after["weight"].tolist() == [[5, -5]]
    assert after["seen"] == 9


def test_an_update_of_half_precision_leaves_the_base_in_its_own():
    after = apply_update({"weight": np.float32([1 / 3])}, {"weight": np.float16([0.5])})

    assert after["weight"].dtype == np.float32
    np.testing.assert_allclose(after["weight"], [1 / 3 + 0.5])


def test_sums_are_taken_in_double_precision():
    # In single precision the small update would vanish beside the large ones, which cancel.
    large = [{"w": np.array([x], np.float32)} for x in (1e8, 1.0, -1e8)]

    assert mean_arrays(large, [1, 1, 1])["w"] == pytest.approx(1 / 3, rel=1e-6)


def test_the_arguments_stay_what_they_were():
    base, step = update(1, 1), update(2, 2)

    mean_arrays([base, step], [1, 1])
    apply_update(base, step)
    difference(base, step)

    assert base["weight"].tolist() == [[1, -1]]
    assert (int(base["seen"]), int(step["seen"])) == (1, 2)
