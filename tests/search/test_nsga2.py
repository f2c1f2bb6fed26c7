"""NSGA-II: fronts of what fits, and a clear word where optuna is missing."""

from __future__ import annotations

import importlib.util
from dataclasses import replace

import numpy as np
import pytest

from fedkd.errors import MissingExtraError
from fedkd.models import ArchSpec, measure
from fedkd.search import Nsga2, SearchStrategy
from sim.streams import Streams

from .cases import CLASSES, FEATURES, FakeTrials, candidate, contest, mlp
from .proxies.cases import FOREST

PROBE = np.zeros((4, FEATURES), np.float32)
WIDTHS = (1, 2, 3, 4, 6, 8, 12)


class Counting:
    """A proxy that knows every network's worth and counts how often it is asked."""

    def __init__(self, worth):
        self.worth, self.asked = worth, []

    def __call__(self, candidates, inputs, classes, seed):
        self.asked += [c.spec for c in candidates]
        return np.array([self.worth(c) for c in candidates], np.float64)


def networks(**beyond):
    """One candidate a width; `beyond` says for each class of devices which widths are too wide."""
    made = []
    for width in WIDTHS:
        excess = tuple((name, max(0.0, width / most - 1)) for name, most in beyond.items())
        made.append(replace(candidate(mlp(width)), excess=excess))
    return made


def scores_of(strategy, candidates):
    found = strategy.score(candidates, PROBE, CLASSES, Streams(0))
    return {c.spec: score for c, score in zip(candidates, found, strict=True)}


def test_the_front_is_ranked_and_the_rest_is_not():
    # Width 3 is worth less than width 2 and costs more, so it is on no front.
    worth = {1: 1.0, 2: 5.0, 3: 4.0, 4: 6.0, 6: 6.0, 8: 9.0, 12: 2.0}
    proxy = Counting(lambda c: worth[dict(c.spec.options)["hidden"][0]])

    scores = scores_of(Nsga2(proxy=proxy, generations=10), networks(phone=100))

    assert {width: scores[mlp(width)] for width in WIDTHS} == {
        1: 0.25,
        2: 0.5,
        4: 0.75,
        8: 1.0,
        **dict.fromkeys((3, 6, 12), 1e-3),
    }


def test_networks_beyond_a_budget_are_on_no_front_of_that_class():
    proxy = Counting(lambda c: c.cost.macs)

    board = scores_of(Nsga2(proxy=proxy, generations=10), networks(board=4))
    both = scores_of(Nsga2(proxy=proxy, generations=10), networks(board=4, phone=8))

    assert {width for width in WIDTHS if board[mlp(width)] > 1e-3} == {1, 2, 3, 4}
    assert {width for width in WIDTHS if both[mlp(width)] > 1e-3} == {1, 2, 3, 4, 6, 8}


def test_every_network_is_scored_at_most_once():
    proxy = Counting(lambda c: c.cost.macs)

    scores_of(Nsga2(proxy=proxy), networks(board=4, phone=8, sensor=2))

    assert len(proxy.asked) == len(set(proxy.asked))


def test_what_the_proxy_is_silent_on_stays_out():
    tree = candidate(FOREST)
    silent = Counting(lambda c: float("nan") if c.spec == FOREST else 1.0)

    scores = scores_of(Nsga2(proxy=silent), [*networks(phone=100), replace(tree, excess=(("phone", 0.0),))])

    assert scores[FOREST] == 1e-3
    assert max(scores.values()) == 1


def test_nothing_found_leaves_all_alike():
    scores = scores_of(Nsga2(), networks(phone=0.5))

    assert set(scores.values()) == {1e-3}


def test_the_search_repeats_itself_and_follows_the_seed():
    space = [
        replace(candidate(ArchSpec.of("mlp", hidden=(a, b))), excess=(("phone", 0.0),))
        for a in range(1, 9)
        for b in range(1, 9)
    ]
    proxy = Counting(lambda c: float(c.cost.macs * 37 % 101))
    strategy = Nsga2(proxy=proxy, population=4, generations=2)

    first, again, other = (strategy.score(space, PROBE, CLASSES, Streams(seed)).tolist() for seed in (1, 1, 2))

    assert first == again
    assert first != other


def test_sites_race_what_is_listed():
    trials = FakeTrials({mlp(2): 0.9, mlp(8): 0.9})

    (choice,) = Nsga2().choose([contest([candidate(mlp(2)), candidate(mlp(8))])], trials, Streams(0))

    assert isinstance(Nsga2(), SearchStrategy)
    assert choice.spec == mlp(2)
    assert [steps for steps, _, _ in trials.asked] == [20, 20]


def test_the_real_proxy_runs():
    candidates = [replace(c, cost=measure(c.spec, (FEATURES,), CLASSES)) for c in networks(phone=100)]
    probe = np.random.Generator(np.random.PCG64(0)).standard_normal((16, FEATURES)).astype(np.float32)

    scores = Nsga2().score(candidates, probe, CLASSES, Streams(0))

    assert ((scores > 0) & (scores <= 1)).all()
    assert scores.max() == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"population": 1}, "population=1"),
        ({"generations": 0}, "generations=0"),
        ({"rungs": ()}, "rungs="),
        ({"limit": 0}, "limit=0"),
        ({"probe": 1}, "probe=1"),
    ],
)
def test_impossible_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        Nsga2(**settings)


def test_a_missing_optuna_is_told_before_anything_is_computed(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "optuna" else found(name))

    with pytest.raises(MissingExtraError, match=r"needs optuna; install fedkd\[optuna\]") as caught:
        Nsga2()

    assert caught.value.code == 70
