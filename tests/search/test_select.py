"""The whole search: nobody gets a network that his device cannot carry."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedkd.errors import NothingFitsError
from fedkd.models import measure
from fedkd.search import Entrant, Fixed, Largest, ListedSpace, OnDevice, RandomChoice, Smallest, StandardSpace, select
from fedkd.search.budget import objections
from sim.device import DeviceProfile
from sim.streams import Streams

from .cases import CLASSES, FEATURES, FakeTrials, candidate, device, mlp, no_trials

PUBLIC = np.random.Generator(np.random.PCG64(0)).standard_normal((16, FEATURES)).astype(np.float32)
BATCH = 8
SPACE = StandardSpace()
LISTED = ListedSpace(tuple(f"{{family: mlp, hidden: [{width}]}}" for width in (2, 4, 8, 16)))


def run(strategy, devices: list[DeviceProfile], space=SPACE, trials=None):
    entrants = [Entrant(f"site-{i}", d, 40, np.zeros(20, np.int64)) for i, d in enumerate(devices)]
    trials = trials or FakeTrials(lambda site, spec, rung: 0.5)
    return select(strategy, space, entrants, PUBLIC, CLASSES, BATCH, trials, Streams(0))


def parameters(width: int) -> int:
    return (FEATURES + 1) * width + (width + 1) * CLASSES


@pytest.mark.parametrize("strategy", [OnDevice(), Smallest(), Largest(), RandomChoice()], ids=repr)
@pytest.mark.parametrize(
    "limits",
    [
        {"parameters": 200},
        {"macs": 300},
        {"memory_bytes": 3000},
        {"latency_us": 250},
        {"hand_down_bytes": 150},
        {"parameters": 400, "latency_us": 300, "memory_bytes": 9000},
    ],
    ids=str,
)
def test_no_chosen_network_breaks_its_budget(strategy, limits):
    devices = [device("small", **limits), device("large", 1e9), device("small", **limits)]

    selection = run(strategy, devices)

    for choice, carrier in zip(selection.choices, devices, strict=True):
        assert objections(candidate(choice.spec), carrier, BATCH) == ()
        assert choice.spec in selection.shortlist


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
