"""Successive halving on a site's own data, then the smallest network within one standard error of the best.

Jamieson and Talwalkar, Non-stochastic best arm identification (AISTATS 2016); the one-standard-error rule is
Breiman's (CART, 1984). At strong label skew a site's validation data can hardly tell networks apart, so the
rule mostly picks the cheapest: search saves cost at equal accuracy, it does not raise accuracy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fedkd.models import ArchSpec
from fedkd.search.again import Again
from fedkd.search.budget import Candidate
from fedkd.search.proxies import ActivationOverlap, Parameters, Proxy, SynFlow, vote
from fedkd.search.space import SearchSpace
from fedkd.search.strategy import Choice, Contest, Trials
from sim.streams import Streams


@dataclass(frozen=True)
class OnDevice:
    """Proxies rank, devices halve.

    Attributes:
        space: Where to look; None leaves it to the task.
        limit: Most architectures in one federation.
        rungs: Training steps of each rung; after each but the last, half of the networks go, but two stay.
        probe: Unlabelled samples that the proxies look at.
        proxies: Who votes on the shortlist; each looks once at every network that fits some device.
        again: When to search again.
    """

    space: SearchSpace | None = None
    limit: int = 4
    rungs: tuple[int, ...] = (20, 20)
    probe: int = 64
    proxies: tuple[Proxy, ...] = (Parameters(), SynFlow(), ActivationOverlap())
    again: Again = Again()

    def __post_init__(self) -> None:
        check_racing(self.rungs, self.limit, self.probe)
        if not self.proxies:
            raise ValueError("proxies=[] leaves nobody to vote on the shortlist, name at least one")

    def score(
        self, candidates: Sequence[Candidate], inputs: NDArray[np.float32], classes: int, streams: Streams
    ) -> NDArray[np.float64]:
        """Mean rank over the proxies."""
        seed = streams.integer("federation", "proxies")
        return vote(self.proxies, candidates, inputs[: self.probe], classes, seed)

    def choose(self, contests: Sequence[Contest], trials: Trials, streams: Streams) -> list[Choice]:
        """Halve on each site's own data."""
        return race(contests, trials, self.rungs)


def check_racing(rungs: Sequence[int], limit: int, probe: int) -> None:
    """Refuse settings that leave nothing to race, to list or to look at.

    Raises:
        ValueError: One of them is too small.
    """
    if not rungs or min(rungs) < 1 or limit < 1 or probe < 2:
        raise ValueError(
            f"search needs rungs={list(rungs)} of at least one step, limit={limit} of at least 1 and probe={probe} of "
            "at least 2"
        )


def race(contests: Sequence[Contest], trials: Trials, rungs: Sequence[int]) -> list[Choice]:
    """Halve all sites' options side by side, so that equal networks train as one cohort.

    Args:
        contests: The sites and their options.
        trials: Trains networks on sites' own data.
        rungs: Training steps of each rung.
    """
    # Without validation samples there is nothing to choose with.
    alive = [list(c.options if len(c.validation_labels) else c.options[:1]) for c in contests]
    accuracy: list[dict[ArchSpec, float]] = [{} for _ in contests]
    for rung, steps in enumerate(rungs):
        racing = [i for i, options in enumerate(alive) if len(options) > 1]
        entries = [(contests[i], option) for i in racing for option in alive[i]]
        owners = [i for i in racing for _ in alive[i]]
        for i, (contest, option), logits in zip(owners, entries, trials(entries, steps, rung), strict=True):
            hits = logits.argmax(-1) == contest.validation_labels
            accuracy[i][option.spec] = float(hits.mean())
        if rung < len(rungs) - 1:
            alive = [_better_half(options, accuracy[i]) for i, options in enumerate(alive)]
    return [
        _smallest_within_error(contest, options, scores)
        for contest, options, scores in zip(contests, alive, accuracy, strict=True)
    ]


def _better_half(options: list[Candidate], accuracy: dict[ArchSpec, float]) -> list[Candidate]:
    """The better half, at least two, cheapest first; of equals the cheaper stays.

    Two must reach the last rung, or the rule of one standard error would have nothing to choose from.
    """
    if len(options) <= 2:
        return options
    places = max(2, -(-len(options) // 2))
    keep = sorted(range(len(options)), key=lambda i: -accuracy[options[i].spec])[:places]
    return [options[i] for i in sorted(keep)]


def _smallest_within_error(contest: Contest, options: list[Candidate], accuracy: dict[ArchSpec, float]) -> Choice:
    if not len(contest.validation_labels):
        return Choice(options[0].spec, "the cheapest that fits, for want of validation samples", {})
    if len(options) == 1 and not accuracy:
        return Choice(options[0].spec, "the only network of the shortlist that fits", {})
    best = max(accuracy[o.spec] for o in options)
    error = float(
        np.sqrt(max(best * (1 - best), 0.25 / len(contest.validation_labels)) / len(contest.validation_labels))
    )
    chosen = next(o for o in options if accuracy[o.spec] >= best - error)
    score = accuracy[chosen.spec]
    reason = f"cheapest within one standard error ({error:.3f}) of the best ({best:.3f}): {score:.3f}"
    return Choice(chosen.spec, reason, {spec.name: value for spec, value in accuracy.items()})
