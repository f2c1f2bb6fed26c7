"""The comparisons that come with the project: every arm is a scenario."""

from __future__ import annotations

from importlib import resources

import pytest

from fedkd.comparison.files import load
from fedkd.composition import compose

NAMES = sorted(
    file.name.removesuffix(".yaml")
    for file in (resources.files("scenarios") / "compare").iterdir()
    if file.name.endswith(".yaml")
)


@pytest.mark.parametrize("name", NAMES)
def test_every_arm_composes(name):
    comparison = load(name, ())
    first = min(comparison.seeds)

    scenarios = [compose(trial.overrides) for trial in comparison.trials() if trial.seed == first]

    assert len(scenarios) > 1
    assert all(scenario.seed == first for scenario in scenarios)
