"""NSGA-II over the score of a proxy and the multiply-accumulates, one search for each class of devices.

Deb et al., A fast and elitist multiobjective genetic algorithm: NSGA-II (IEEE Transactions on Evolutionary
Computation, 2002), as optuna has it; the Budget of the class is a constraint in the sense of section VI. Only
networks that the search comes by are scored, each once. So it pays in spaces too large to score every network.

Its fronts go to the shortlist like the votes of `OnDevice`, and sites race what is listed in the same way.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from fedkd.errors import MissingExtraError
from fedkd.search.again import Again
from fedkd.search.budget import Candidate
from fedkd.search.forks import Forks
from fedkd.search.halving import check_racing, race
from fedkd.search.proxies import ActivationOverlap, Proxy
from fedkd.search.space import SearchSpace
from fedkd.search.strategy import Choice, Contest, Trials
from sim.streams import Streams

_SEEDS = 2**32
_OFF_FRONT = 1e-3


@dataclass(frozen=True)
class Nsga2:
    """A genetic search finds what is worth listing, devices halve.

    Attributes:
        space: Where to look; None leaves it to the task.
        limit: Most architectures in one federation.
        proxy: Score to maximise; networks that it is silent on stay out.
        population: Networks of a generation.
        generations: Generations of each search.
        rungs: Training steps of each rung of the race; see OnDevice.
        probe: Unlabelled samples that the proxy looks at.
        again: When to search again.

    Raises:
        MissingExtraError: optuna is not installed.
    """

    space: SearchSpace | None = None
    limit: int = 4
    proxy: Proxy = ActivationOverlap()
    population: int = 12
    generations: int = 6
    rungs: tuple[int, ...] = (20, 20)
    probe: int = 64
    again: Again = Again()

    def __post_init__(self) -> None:
        check_racing(self.rungs, self.limit, self.probe)
        if self.population < 2 or self.generations < 1:
            raise ValueError(
                f"a genetic search needs population={self.population} of at least 2 and "
                f"generations={self.generations} of at least 1"
            )
        # Asked for here, so that a missing extra costs nobody a run.
        if importlib.util.find_spec("optuna") is None:
            raise MissingExtraError("search=nsga2 needs optuna", "install fedkd[optuna], or choose search=on_device")

    def score(
        self, candidates: Sequence[Candidate], inputs: NDArray[np.float32], classes: int, streams: Streams
    ) -> NDArray[np.float64]:
        """Rank by the proxy among the networks that are on the front of a class, from 1 / front to 1; others have less.

        The fronts hold networks that fit. Where a search found none, a network that it missed may still be listed.
        """
        from scipy.stats import rankdata  # takes a second of CPU, see `vote`

        seed = streams.integer("federation", "proxies")

        @cache
        def fitness(candidate: Candidate) -> float:
            return float(self.proxy([candidate], inputs[: self.probe], classes, seed)[0])

        devices = {name for candidate in candidates for name, _ in candidate.excess}
        front = {c for device in sorted(devices) for c in self._front(candidates, device, fitness, streams)}
        scores = np.full(len(candidates), _OFF_FRONT)
        on_front = [i for i, candidate in enumerate(candidates) if candidate in front]
        if on_front:
            scores[on_front] = rankdata([fitness(candidates[i]) for i in on_front]) / len(on_front)
        return scores

    def choose(self, contests: Sequence[Contest], trials: Trials, streams: Streams) -> list[Choice]:
        """Halve on each site's own data."""
        return race(contests, trials, self.rungs)

    def _front(
        self, candidates: Sequence[Candidate], device: str, fitness: Callable[[Candidate], float], streams: Streams
    ) -> set[Candidate]:
        """The networks that fit a class of devices and that none found by its search surpasses in both objectives."""
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        seed = streams.integer("federation", "nsga2", device) % _SEEDS
        sampler = optuna.samplers.NSGAIISampler(population_size=self.population, seed=seed)
        study = optuna.create_study(directions=["maximize", "minimize"], sampler=sampler)
        by_spec = {candidate.spec: candidate for candidate in candidates}
        forks, met = Forks(tuple(by_spec)), {}
        for _ in range(self.population * self.generations):
            trial = study.ask()
            genome = [trial.suggest_float(f"fork_{i}", 0.0, 1.0) for i in range(forks.genes)]
            candidate = met[trial.number] = by_spec[forks.follow(genome)]
            trial.set_constraint("budget", dict(candidate.excess).get(device, 0.0))
            score = fitness(candidate)
            if np.isnan(score):
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
            else:
                study.tell(trial, [score, candidate.cost.macs])
        return {met[trial.number] for trial in study.best_trials}
