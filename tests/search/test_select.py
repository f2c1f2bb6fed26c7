"""The whole search: nobody gets a network that his device cannot carry."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedkd.composition import compose
from fedkd.errors import NothingFitsError
from fedkd.models import ArchSpec, measure, step_bytes
from fedkd.search import (
    Entrant,
    Fixed,
    Largest,
    ListedSpace,
    Nsga2,
    OnDevice,
    RandomChoice,
    Smallest,
    StandardSpace,
    select,
)
from fedkd.search.budget import Candidate, objections
from sim.device import DeviceProfile
from sim.streams import Streams

from .cases import CLASSES, FEATURES, FakeTrials, device, mlp, no_trials

PUBLIC = np.random.Generator(np.random.PCG64(0)).standard_normal((16, FEATURES)).astype(np.float32)
BATCH = 8
SPACE = StandardSpace()
NSGA2 = Nsga2(population=6, generations=3)
LISTED = ListedSpace(tuple(f"{{family: mlp, hidden: [{width}]}}" for width in (2, 4, 8, 16)))


def run(strategy, devices: list[DeviceProfile], space=SPACE, trials=None):
    entrants = [Entrant(f"site-{i}", d, 40, np.zeros(20, np.int64)) for i, d in enumerate(devices)]
    trials = trials or FakeTrials(lambda site, spec, rung: 0.5)
    return select(strategy, space, entrants, PUBLIC, CLASSES, BATCH, trials, Streams(0))


def weighed(spec: ArchSpec, shape: tuple[int, ...] = (FEATURES,), classes: int = CLASSES) -> Candidate:
    """As `select` weighs it, from nothing but the network and the data."""
    return Candidate(spec, measure(spec, shape, classes), 4 * math.prod(shape))


def parameters(width: int) -> int:
    return (FEATURES + 1) * width + (width + 1) * CLASSES


@pytest.mark.parametrize("strategy", [OnDevice(), NSGA2, Smallest(), Largest(), RandomChoice()], ids=repr)
@pytest.mark.parametrize(
    "limits",
    [
        {"parameters": 200},
        {"macs": 300},
        {"memory_bytes": 20000},
        {"latency_us": 250},
        {"hand_down_bytes": 150},
        {"parameters": 400, "latency_us": 300, "memory_bytes": 25000},
    ],
    ids=str,
)
def test_no_chosen_network_breaks_its_budget(strategy, limits):
    devices = [device("small", **limits), device("large", 1e9), device("small", **limits)]

    selection = run(strategy, devices)

    for choice, carrier in zip(selection.choices, devices, strict=True):
        assert objections(weighed(choice.spec), carrier, BATCH) == ()
        assert choice.spec in selection.shortlist
    assert len(selection.shortlist) <= strategy.limit


CONTROLS = st.sampled_from([Smallest(), Largest(), RandomChoice()])


@given(st.lists(st.integers(35, 3000), min_size=1, max_size=3), CONTROLS)
def test_budgets_hold_for_any_fleet(limits, strategy):
    devices = [device(f"class-{i}", parameters=limit) for i, limit in enumerate(limits)]

    selection = run(strategy, devices)

    for choice, limit in zip(selection.choices, limits, strict=True):
        assert measure(choice.spec, (FEATURES,), CLASSES).parameters <= limit
    assert len(selection.shortlist) <= strategy.limit


def test_each_site_chooses_from_what_fits_it_cheapest_first():
    assert [parameters(width) for width in (2, 4, 8, 16)] == [19, 35, 67, 131]
    trials = FakeTrials(lambda site, spec, rung: 0.5)

    selection = run(OnDevice(rungs=(5,)), [device("small", parameters=67), device("large")], LISTED, trials)

    listed = [spec for spec in (mlp(2), mlp(4), mlp(8), mlp(16)) if spec in selection.shortlist]
    ((_, _, entries),) = trials.asked
    raced = {name: [spec for site, spec in entries if site == name] for name in ("site-0", "site-1")}
    assert len(listed) >= 3
    assert raced == {"site-0": [spec for spec in listed if spec != mlp(16)], "site-1": listed}
    # All are alike, so each site takes the cheapest.
    assert [choice.spec for choice in selection.choices] == [listed[0]] * 2


def test_every_rejection_is_on_record():
    selection = run(Largest(), [device("small", parameters=35, macs=20), device("large")], LISTED)

    assert selection.rejected == {
        "small": {
            "mlp-4": ("macs: 28 > 20",),
            "mlp-8": ("parameters: 67 > 35", "macs: 56 > 20"),
            "mlp-16": ("parameters: 131 > 35", "macs: 112 > 20"),
        },
        "large": {},
    }
    assert set(selection.scores) == {"mlp-2", "mlp-4", "mlp-8", "mlp-16"}
    assert [choice.spec for choice in selection.choices] == [mlp(2), mlp(16)]


def test_a_device_that_can_carry_nothing_is_named_with_the_closest_network():
    with pytest.raises(NothingFitsError, match=r"device 'tiny' \(closest: mlp-2 with parameters: 19 > 18\)") as caught:
        run(OnDevice(), [device("large"), device("tiny", parameters=18)], LISTED, no_trials)

    assert caught.value.code == 33


def test_a_fixed_network_that_does_not_fit_is_refused():
    fixed = Fixed("{family: mlp, hidden: [16]}")

    with pytest.raises(NothingFitsError, match="closest: mlp-16 with parameters: 131 > 100"):
        run(fixed, [device("board", parameters=100)], fixed.space, no_trials)


def test_too_short_a_list_says_so():
    # Eight units are 67 parameters and 56 MACs; one and twelve are 68 and 52. Nobody can carry both.
    few, many = device("few parameters", parameters=67), device("few macs", macs=52)
    space = ListedSpace(("{family: mlp, hidden: [8]}", "{family: mlp, hidden: [1, 12]}"))

    with pytest.raises(NothingFitsError, match=r"device 'few parameters' of site-0; raise search\.limit"):
        run(Largest(limit=1), [few, many, many, many], space)

    assert len(run(Largest(limit=2), [few, many, many, many], space).shortlist) == 2


def test_the_search_repeats_itself():
    devices = [device("small", parameters=200), device("large")]

    assert run(OnDevice(), devices) == run(OnDevice(), devices)


FLEET = compose(["device=three_classes"]).device


@pytest.mark.parametrize("limit", [2, 4])
@pytest.mark.parametrize("strategy", [OnDevice(), Nsga2(), Smallest(), Largest(), RandomChoice()], ids=repr)
def test_every_choice_of_every_strategy_obeys_every_budget_of_the_default_devices(strategy, limit):
    shape, classes = (1, 28, 28), 10
    public = np.random.Generator(np.random.PCG64(0)).random((64, *shape)).astype(np.float32)
    carriers = [FLEET.profiles[i % 3] for i in range(9)]
    entrants = [Entrant(f"site-{i}", d, 40, np.zeros(20, np.int64)) for i, d in enumerate(carriers)]
    trials = FakeTrials(lambda site, spec, rung: 0.5 + len(spec.name) % 5 / 10)
    strategy = replace(strategy, limit=limit)

    selection = select(strategy, SPACE, entrants, public, classes, FLEET.batch, trials, Streams(0))

    assert len(selection.shortlist) <= limit
    for choice, carrier in zip(selection.choices, carriers, strict=True):
        cost, budget = measure(choice.spec, shape, classes), carrier.budget
        assert cost.parameters <= min(budget.parameters, budget.hand_down_bytes)
        assert cost.macs <= budget.macs
        assert step_bytes(cost, weighed(choice.spec, shape, classes).input_bytes, FLEET.batch) <= budget.memory_bytes
        assert cost.macs / carrier.macs_per_s * 1e6 <= budget.latency_us
        assert choice.spec in selection.shortlist


def test_devices_of_one_class_may_differ():
    # 56 MACs take 56 us at a million a second, and 112 us at half of it.
    fast, slow = device("phone", 1e6, latency_us=60), device("phone", 5e5, latency_us=60)

    selection = run(Largest(), [fast, slow], LISTED)

    assert [choice.spec for choice in selection.choices] == [mlp(8), mlp(4)]
    assert selection.rejected == {"phone": {"mlp-8": ("latency_us: 112 > 60",), "mlp-16": ("latency_us: 112 > 60",)}}


def test_listing_is_counted_but_does_not_tell_selections_apart():
    one, other = run(OnDevice(), [device("large")]), run(OnDevice(), [device("large")])

    assert one.listing_cpu_s > 0
    assert replace(one, listing_cpu_s=0.0) == other
