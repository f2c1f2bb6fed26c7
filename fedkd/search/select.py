"""From a search space and a fleet of devices to one network a site, with every decision on record."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fedkd.errors import NothingFitsError
from fedkd.models import ArchSpec, measure
from fedkd.search.budget import Candidate, excess, objections
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
        listing_cpu_s: CPU seconds of measuring and scoring the networks and of listing them, once for all sites; the
            trials are counted elsewhere. Two selections that differ in it only are equal.
    """

    choices: tuple[Choice, ...]
    shortlist: tuple[ArchSpec, ...]
    rejected: dict[str, dict[str, tuple[str, ...]]]
    scores: dict[str, float]
    listing_cpu_s: float = field(default=0.0, compare=False)

    def described(self, names: Sequence[str], devices: Sequence[DeviceProfile]) -> dict[str, object]:
        """What a run keeps of it, as JSON values.

        Args:
            names: Of the sites.
            devices: The device of each.
        """
        sites = {
            name: {
                "device": device.name,
                "network": choice.spec.name,
                "spec": choice.spec.to_json(),
                "reason": choice.reason,
                "validation_accuracy": dict(choice.scores),
            }
            for name, device, choice in zip(names, devices, self.choices, strict=True)
        }
        return {
            "shortlist": [spec.to_json() for spec in self.shortlist],
            "sites": sites,
            "proxy_scores": self.scores,
            "rejected": self.rejected,
        }


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


@dataclass(frozen=True)
class Listing:
    """What sites may choose from: found without any site's data.

    Attributes:
        shortlist: The networks.
        options: For each device those of them that fit it, cheapest first.
        rejected: For each class of devices, the objections to each network that does not fit it.
        scores: Data-free score of each network that fits some device.
        cpu_s: CPU seconds of measuring, scoring and listing.
    """

    shortlist: tuple[ArchSpec, ...]
    options: Mapping[DeviceProfile, tuple[Candidate, ...]]
    rejected: dict[str, dict[str, tuple[str, ...]]]
    scores: dict[str, float]
    cpu_s: float


def list_networks(
    strategy: SearchStrategy,
    space: SearchSpace,
    carriers: Sequence[DeviceProfile],
    public: NDArray[np.float32],
    classes: int,
    batch: int,
    streams: Streams,
) -> Listing:
    """Filter by Budget, and shortlist by proxies.

    Args:
        strategy: How to search.
        space: Where to look.
        carriers: The device of each site.
        public: [N, ...] unlabelled samples for the proxies.
        classes: Number of classes.
        batch: Samples of a training step, for peak memory.
        streams: Random streams.

    Raises:
        NothingFitsError: A device's Budget admits none of the networks.
    """
    began = time.process_time()
    devices = Counter(carriers)
    everyone = _measured(space, tuple(public.shape[1:]), classes, batch, tuple(devices))
    verdicts = {device: {c: objections(c, device, batch) for c in everyone} for device in devices}
    for device, verdict in verdicts.items():
        if all(verdict.values()):
            _refuse(device.name, verdict)
    fitting = [c for c in everyone if any(not verdict[c] for verdict in verdicts.values())]
    scores = dict(zip(fitting, strategy.score(fitting, public, classes, streams).tolist(), strict=True))
    ranked = {d: {c.spec: score for c, score in scores.items() if not verdicts[d][c]} for d in devices}
    listed = set(shortlist(ranked, devices, {c.spec: c.cost.macs for c in fitting}, strategy.limit))
    return Listing(
        tuple(sorted(listed, key=ArchSpec.to_json)),
        {d: cheapest_first([c for c in fitting if c.spec in listed and not verdicts[d][c]]) for d in devices},
        _rejected(verdicts),
        {c.spec.name: round(score, 5) for c, score in scores.items()},
        # One network is no search.
        time.process_time() - began if len(everyone) > 1 else 0.0,
    )


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
    """List networks for the sites' devices, and let each site choose on its own data.

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
    listing = list_networks(strategy, space, [e.device for e in entrants], public, classes, batch, streams)
    contests = [_contest(entrant, listing.options[entrant.device]) for entrant in entrants]
    choices = tuple(strategy.choose(contests, trials, streams))
    return Selection(choices, listing.shortlist, listing.rejected, listing.scores, listing.cpu_s)


def cheapest_first(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """In the order in which sites race them."""
    return tuple(sorted(candidates, key=lambda c: (c.cost.macs, c.spec.to_json())))


def _measured(
    space: SearchSpace, shape: tuple[int, ...], classes: int, batch: int, devices: Sequence[DeviceProfile]
) -> list[Candidate]:
    """All networks of the space with their costs, and how far each is beyond the Budgets."""
    sample = math.prod(shape) * np.dtype(np.float32).itemsize
    candidates = [Candidate(spec, measure(spec, shape, classes), sample) for spec in space.candidates(shape)]
    return [replace(c, excess=_excesses(c, batch, devices)) for c in candidates]


def _excesses(candidate: Candidate, batch: int, devices: Sequence[DeviceProfile]) -> tuple[tuple[str, float], ...]:
    """By class of devices. Where those of a class differ, the most capable counts: the search looks further then."""
    least: dict[str, float] = {}
    for device in devices:
        least[device.name] = min(excess(candidate, device, batch), least.get(device.name, math.inf))
    return tuple(least.items())


def _rejected(
    verdicts: Mapping[DeviceProfile, Mapping[Candidate, tuple[str, ...]]],
) -> dict[str, dict[str, tuple[str, ...]]]:
    """By class of devices. Where those of a class differ, the objections of the first that has any."""
    rejected: dict[str, dict[str, tuple[str, ...]]] = {}
    for device, verdict in verdicts.items():
        found = rejected.setdefault(device.name, {})
        for candidate, reasons in verdict.items():
            if reasons:
                found.setdefault(candidate.spec.name, reasons)
    return rejected


def _contest(entrant: Entrant, options: tuple[Candidate, ...]) -> Contest:
    if not options:
        raise NothingFitsError(
            f"no network of the shortlist fits the device '{entrant.device.name}' of {entrant.name}",
            "raise search.limit so that every class of devices gets a network",
        )
    return Contest(entrant.name, entrant.samples, entrant.validation_labels, options)


def _refuse(device: str, verdict: dict[Candidate, tuple[str, ...]]) -> None:
    closest = min(verdict, key=lambda c: (len(verdict[c]), c.cost.parameters))
    raise NothingFitsError(
        f"no network of the search space fits the Budget of the device '{device}' "
        f"(closest: {closest.spec.name} with {', '.join(verdict[closest])})",
        "widen the device's budget or add smaller networks to the search space",
    )
