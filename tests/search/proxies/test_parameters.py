"""The number of parameters."""

from __future__ import annotations

import numpy as np

from fedkd.search.proxies import Parameters

from ..cases import CLASSES, candidate, mlp
from .cases import inputs


def test_it_is_the_logarithm_of_the_count():
    few, many = candidate(mlp(4), parameters=10), candidate(mlp(8), parameters=1000)

    scores = Parameters()([few, many], inputs(), CLASSES, 5)

    np.testing.assert_allclose(scores, [np.log(10), np.log(1000)])
