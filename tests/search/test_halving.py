"""Successive halving, and the cheapest network within one standard error of the best."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.search import OnDevice
from fedkd.search.proxies import Parameters
from sim.streams import Streams

from .cases import CLASSES, FEATURES, FakeTrials, candidate, contest, mlp, no_trials

# Cheapest first, as `select` hands them over.
ONE, TWO, THREE, FOUR, FIVE = (candidate(mlp(width), macs=width) for width in (1, 2, 3, 4, 5))
STREAMS = Streams(0)


def accuracies(*values: float) -> dict:
    return {option.spec: value for option, value in zip((ONE, TWO, THREE, FOUR, FIVE), values, strict=False)}


def choose(options, trials, rungs=(10, 20), validation=100):
    return OnDevice(rungs=rungs).choose([contest(options, validation=validation)], trials, STREAMS)[0]


def test_the_better_half_goes_on():
    trials = FakeTrials(accuracies(0.2, 0.8, 0.3, 0.9))

    choose([ONE, TWO, THREE, FOUR], trials)

    first, second = trials.asked
    assert first == (10, 0, [("site-00", option.spec) for option in (ONE, TWO, THREE, FOUR)])
    assert second == (20, 1, [("site-00", option.spec) for option in (TWO, FOUR)])


def test_an_odd_one_stays():
    trials = FakeTrials(accuracies(0.2, 0.8, 0.3, 0.9, 0.5))

    choose([ONE, TWO, THREE, FOUR, FIVE], trials)

    assert [spec for _, spec in trials.asked[1][2]] == [TWO.spec, FOUR.spec, FIVE.spec]


def test_of_equals_the_cheaper_stays():
    trials = FakeTrials(accuracies(0.5, 0.5, 0.5, 0.5))

    choose([ONE, TWO, THREE, FOUR], trials)

    assert [spec for _, spec in trials.asked[1][2]] == [ONE.spec, TWO.spec]


def test_the_last_rung_decides():
    # FOUR leads after the first rung, TWO after the second by far.
    by_rung = {ONE.spec: (0.1, 0), TWO.spec: (0.5, 0.95), THREE.spec: (0.1, 0), FOUR.spec: (0.6, 0.5)}
    trials = FakeTrials(lambda site, spec, rung: by_rung[spec][rung])

    assert choose([ONE, TWO, THREE, FOUR], trials).spec == TWO.spec


def test_the_cheapest_within_one_standard_error_is_chosen():
    # 100 samples at 0.9: the standard error is sqrt(0.9 x 0.1 / 100) = 0.03.
    within = choose([ONE, TWO], FakeTrials(accuracies(0.88, 0.9)), rungs=(10,))
    beyond = choose([ONE, TWO], FakeTrials(accuracies(0.86, 0.9)), rungs=(10,))

    assert within.spec == ONE.spec
    assert beyond.spec == TWO.spec
    assert within.reason == "cheapest within one standard error (0.030) of the best (0.900): 0.880"
    assert within.scores == {ONE.spec.name: 0.88, TWO.spec.name: 0.9}


@pytest.mark.parametrize(
    ("cheap", "validation", "expected"),
    [(0.99, 100, TWO), (0.0, 1, TWO), (0.75, 4, TWO), (1.0, 4, ONE)],
)
def test_a_perfect_score_still_has_an_error(cheap, validation, expected):
    # At 1.0 the plain formula says 0; with 0.25 / n below the root it is 0.5 / n: 0.005, 0.5 and 0.125 here.
    trials = FakeTrials(accuracies(cheap, 1.0))

    assert choose([ONE, TWO], trials, rungs=(10,), validation=validation).spec == expected.spec


def test_a_single_option_is_not_trained():
    trials = FakeTrials({})

    chosen = choose([THREE], trials)

    assert chosen.spec == THREE.spec
    assert chosen.scores == {}
    assert "only network" in chosen.reason
    assert all(entries == [] for _, _, entries in trials.asked)


def test_two_options_reach_the_last_rung_so_that_the_cheaper_can_win():
    trials = FakeTrials(accuracies(0.88, 0.9))

    chosen = choose([ONE, TWO], trials, rungs=(10, 20, 30))

    assert [len(entries) for _, _, entries in trials.asked] == [2, 2, 2]
    assert chosen.spec == ONE.spec


def test_sites_race_side_by_side_and_choose_for_themselves():
    trials = FakeTrials(lambda site, spec, rung: 0.9 if (spec == ONE.spec) == (site == "a") else 0.1)
    contests = [contest([ONE, TWO], "a"), contest([ONE, TWO], "b"), contest([TWO], "c")]

    chosen = OnDevice(rungs=(10,)).choose(contests, trials, STREAMS)

    assert [choice.spec for choice in chosen] == [ONE.spec, TWO.spec, TWO.spec]
    assert len(trials.asked) == 1


def test_no_site_no_choice():
    assert OnDevice().choose([], lambda *_: [], STREAMS) == []
    with pytest.raises(AssertionError, match="nothing is to be trained"):
        choose([ONE, TWO], no_trials)


@pytest.mark.parametrize("settings", [{"rungs": ()}, {"rungs": (0,)}, {"limit": 0}, {"probe": 1}])
def test_impossible_settings_are_refused(settings):
    with pytest.raises(ValueError, match="search needs"):
        OnDevice(**settings)


def test_somebody_has_to_vote():
    with pytest.raises(ValueError, match=r"proxies=\[\]"):
        OnDevice(proxies=())


def test_the_voters_are_those_of_the_scenario():
    few, many = candidate(mlp(1), parameters=5, macs=1), candidate(mlp(2), parameters=9, macs=1)
    probe = np.zeros((4, FEATURES), np.float32)

    assert OnDevice(proxies=(Parameters(),)).score([many, few], probe, CLASSES, STREAMS).tolist() == [1.0, 0.5]
