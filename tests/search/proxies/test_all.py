"""What holds for every proxy."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.construct import construct
from fedkd.models import is_forest
from fedkd.search.proxies import ActivationOverlap, GradientNorm, Naswot, Parameters, Proxy, SynFlow

from ..cases import CLASSES, mlp
from .cases import FOREST, SHAPES, inputs, measured, some

PROXIES = [ActivationOverlap(), GradientNorm(), Naswot(), Parameters(), SynFlow()]


@pytest.mark.parametrize("proxy", PROXIES, ids=repr)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_scores_are_finite_and_repeatable(proxy, shape):
    candidates = some(shape)

    first = proxy(candidates, inputs(shape), CLASSES, 5)

    assert isinstance(proxy, Proxy)
    assert first.shape == (len(candidates),)
    assert first.dtype == np.float64
    silent = [c.spec.family for c, score in zip(candidates, first, strict=True) if np.isnan(score)]
    assert set(silent) <= ({"gru"} if proxy == Naswot() else set())
    assert not np.isinf(first).any()
    np.testing.assert_array_equal(proxy(candidates, inputs(shape), CLASSES, 5), first)


@pytest.mark.parametrize("proxy", [ActivationOverlap(), GradientNorm(), Naswot(), SynFlow()], ids=repr)
def test_only_the_count_of_parameters_says_something_about_trees(proxy):
    scores = proxy([measured(mlp(4)), measured(FOREST)], inputs(), CLASSES, 5)

    assert is_forest(FOREST)
    assert np.isfinite(scores[0])
    assert np.isnan(scores[1])
    assert np.isfinite(Parameters()([measured(FOREST)], inputs(), CLASSES, 5)).all()


@pytest.mark.parametrize("proxy", PROXIES, ids=repr)
def test_a_proxy_is_found_by_its_target(proxy):
    name = type(proxy).__name__

    assert construct({"_target_": f"fedkd.search.proxies.{name}"}, Proxy) == proxy
