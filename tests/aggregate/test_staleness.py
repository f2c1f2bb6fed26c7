"""Old votes count less."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.aggregate import Staleness, Votes


def test_weights_by_age():
    ones = np.ones(3, np.float32)
    votes = Votes(np.zeros((3, 2, 2), np.float32), np.ones((3, 2), bool), ("a", "b", "c"), ones * 2, ones)

    weighed = Staleness(rounds=9, power=0.5)(votes, np.array([0, 3, 8]))

    np.testing.assert_allclose(weighed.weights, [2, 1, 2 / 3], rtol=1e-6)
    assert Staleness(power=0)(votes, np.array([0, 3, 8])).weights.tolist() == [2, 2, 2]


@pytest.mark.parametrize("settings", [{"rounds": -1}, {"power": -0.1}])
def test_bounds(settings):
    with pytest.raises(ValueError, match="at least 0"):
        Staleness(**settings)
