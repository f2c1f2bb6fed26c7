"""From a search space and a fleet of devices to one network a site, with every decision on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fedkd.errors import NothingFitsError
from fedkd.models import ArchSpec, measure
from fedkd.search.budget import Candidate, objections
from fedkd.search.shortlist import shortlist
from fedkd.search.space import SearchSpace
from fedkd.search.strategy import Choice, Contest, SearchStrategy, Trials
from sim.device import DeviceProfile
from sim.streams import Streams


@dataclass(frozen=True)
class Selection:
    """Outcome of a search.

    Attributes:
        choices: One a site.
        shortlist: The networks that sites could choose from.
        rejected: For each class of devices, the objections to each network that does not fit it.
        scores: Data-free score of each network that fits some device.
    """

    choices: tuple[Choice, ...]
    shortlist: tuple[ArchSpec, ...]
    rejected: dict[str, dict[str, tuple[str, ...]]]
    scores: dict[str, float]


@dataclass(frozen=True)
class Entrant:
    """A site that looks for a network.

    Attributes:
        name: Its name.
        device: What it runs on.
        samples: Its training samples.
        validation_labels: [V] int64.
    """

    name: str
    device: DeviceProfile
    samples: int
    validation_labels: NDArray[np.int64]


def select(
    strategy: SearchStrategy,
    space: SearchSpace,
    entrants: Sequence[Entrant],
    public: NDArray[np.float32],
    classes: int,
    batch: int,
    trials: Trials,
    streams: Streams,
) -> Selection:
    """Filter by Budget, shortlist by proxies, choose on each site's own data.

    Args:
        strategy: How to search.
        space: Where to look.
        entrants: All sites.
        public: [N, ...] unlabelled samples for the proxies.
        classes: Number of classes.
        batch: Samples of a training step, for peak memory.
        trials: Trains candidates on sites' data.
        streams: Random streams.

    Raises:
        NothingFitsError: A device's Budget admits none of the networks.
    """
    shape = tuple(public.shape[1:])
    everyone = [Candidate(spec, measure(spec, shape, classes)) for spec in space.candidates(shape)]
    devices = {entrant.device.name: entrant.device for entrant in entrants}
    verdicts = {name: {c: objections(c, d, batch) for c in everyone} for name, d in devices.items()}
    for name, verdict in verdicts.items():
        if all(verdict.values()):
            _refuse(name, verdict)
    fitting = [c for c in everyone if any(not verdict[c] for verdict in verdicts.values())]
    scores = dict(zip(fitting, strategy.score(fitting, public, classes, streams).tolist(), strict=True))
    by_class = {
        name: {c.spec: score for c, score in scores.items() if not verdict[c]} for name, verdict in verdicts.items()
    }
    shares = {name: float(sum(e.device.name == name for e in entrants)) for name in devices}
    listed = set(shortlist(by_class, shares, {c.spec: c.cost.macs for c in fitting}, strategy.limit))
    contests = [
        _contest(e, [c for c in fitting if c.spec in listed and not verdicts[e.device.name][c]]) for e in entrants
    ]
    rejected = {name: {c.spec.name: v for c, v in verdict.items() if v} for name, verdict in verdicts.items()}
    choices = tuple(strategy.choose(contests, trials, streams))
    return Selection(
        choices,
        tuple(sorted(listed, key=ArchSpec.to_json)),
        rejected,
        {c.spec.name: round(score, 5) for c, score in scores.items()},
    )


def _contest(entrant: Entrant, options: list[Candidate]) -> Contest:
    if not options:
        raise NothingFitsError(
            f"no network of the shortlist fits the device '{entrant.device.name}' of {entrant.name}",
            "raise search.limit so that every class of devices gets a network",
        )
    cheapest_first = tuple(sorted(options, key=lambda c: (c.cost.macs, c.spec.to_json())))
    return Contest(entrant.name, entrant.samples, entrant.validation_labels, cheapest_first)


def _refuse(device: str, verdict: dict[Candidate, tuple[str, ...]]) -> None:
    closest = min(verdict, key=lambda c: (len(verdict[c]), c.cost.parameters))
    raise NothingFitsError(
        f"no network of the search space fits the Budget of the device '{device}' "
        f"(closest: {closest.spec.name} with {', '.join(verdict[closest])})",
        "widen the device's budget or add smaller networks to the search space",
    )
