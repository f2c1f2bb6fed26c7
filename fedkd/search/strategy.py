"""Strategies: how a device chooses among the networks that fit it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from fedkd.models import ArchSpec
from fedkd.search.again import Again
from fedkd.search.budget import Candidate
from fedkd.search.space import ListedSpace, SearchSpace
from sim.streams import Streams


@dataclass(frozen=True)
class Contest:
    """One site's choice.

    Attributes:
        site: Its name; "NAME/inputs", "NAME/labels", "NAME/validation" are its data in the store.
        samples: Its training samples.
        validation_labels: [V] int64.
        options: Networks of the shortlist that fit its device, cheapest first.
    """

    site: str
    samples: int
    validation_labels: NDArray[np.int64]
    options: tuple[Candidate, ...]


@dataclass(frozen=True)
class Choice:
    """What a site chose and what it knew.

    Attributes:
        spec: The network.
        reason: One sentence.
        scores: Validation accuracy by name of the networks that it tried.
    """

    spec: ArchSpec
    reason: str
    scores: Mapping[str, float]


class Trials(Protocol):
    """Trains networks on sites' own data; the federation's executor stands behind it."""

    def __call__(
        self, entries: Sequence[tuple[Contest, Candidate]], steps: int, rung: int
    ) -> list[NDArray[np.float32]]:
        """Train each entry for further `steps`; returns logits [V, C] on each site's validation samples."""
        ...


@runtime_checkable
class SearchStrategy(Protocol):
    """How to search."""

    @property
    def space(self) -> SearchSpace | None:
        """Where to look; None leaves it to the task."""
        ...

    @property
    def limit(self) -> int:
        """Most architectures in one federation."""
        ...

    @property
    def again(self) -> Again:
        """When to search again."""
        ...

    def score(
        self, candidates: Sequence[Candidate], inputs: NDArray[np.float32], classes: int, streams: Streams
    ) -> NDArray[np.float64]:
        """Data-free score of each network, above 0, higher is better; decides the shortlist."""
        ...

    def choose(self, contests: Sequence[Contest], trials: Trials, streams: Streams) -> list[Choice]:
        """One choice a site."""
        ...


@dataclass(frozen=True)
class Smallest:
    """Control: the network with the fewest MACs that fits."""

    space: SearchSpace | None = None
    limit: int = 4
    again: Again = Again()

    def score(
        self, candidates: Sequence[Candidate], inputs: NDArray[np.float32], classes: int, streams: Streams
    ) -> NDArray[np.float64]:
        """Fewer MACs are better."""
        return _ranks([-c.cost.macs for c in candidates])

    def choose(self, contests: Sequence[Contest], trials: Trials, streams: Streams) -> list[Choice]:
        """The first option."""
        return [Choice(c.options[0].spec, "fewest MACs of all that fit", {}) for c in contests]


@dataclass(frozen=True)
class Largest:
    """Control: the network with the most MACs that fits."""

    space: SearchSpace | None = None
    limit: int = 4
    again: Again = Again()

    def score(
        self, candidates: Sequence[Candidate], inputs: NDArray[np.float32], classes: int, streams: Streams
    ) -> NDArray[np.float64]:
        """More MACs are better."""
        return _ranks([c.cost.macs for c in candidates])

    def choose(self, contests: Sequence[Contest], trials: Trials, streams: Streams) -> list[Choice]:
        """The last option."""
        return [Choice(c.options[-1].spec, "most MACs of all that fit", {}) for c in contests]


@dataclass(frozen=True)
class RandomChoice:
    """Control: any network that fits."""

    space: SearchSpace | None = None
    limit: int = 4
    again: Again = Again()

    def score(
        self, candidates: Sequence[Candidate], inputs: NDArray[np.float32], classes: int, streams: Streams
    ) -> NDArray[np.float64]:
        """A random order, the same for all devices."""
        return _ranks(list(streams.generator("federation", "random-order").permutation(len(candidates))))

    def choose(self, contests: Sequence[Contest], trials: Trials, streams: Streams) -> list[Choice]:
        """One of the options, each as likely."""
        picks = [streams.generator(c.site, "random-choice").integers(len(c.options)) for c in contests]
        return [
            Choice(c.options[int(i)].spec, "drawn at random from all that fit", {})
            for c, i in zip(contests, picks, strict=True)
        ]


@dataclass(frozen=True)
class Fixed:
    """No search: every site carries the network that the scenario names.

    Attributes:
        network: The ArchSpec as a YAML or JSON mapping.
    """

    network: str = "{family: cnn, channels: [8, 16], kernel: 3}"
    limit: int = field(default=1, init=False)
    again: Again = field(default=Again(), init=False)

    @property
    def space(self) -> SearchSpace:
        """The one network."""
        return ListedSpace((self.network,))

    def score(
        self, candidates: Sequence[Candidate], inputs: NDArray[np.float32], classes: int, streams: Streams
    ) -> NDArray[np.float64]:
        """Nothing to compare."""
        return np.ones(len(candidates))

    def choose(self, contests: Sequence[Contest], trials: Trials, streams: Streams) -> list[Choice]:
        """The one network."""
        return [Choice(c.options[0].spec, "fixed by the scenario", {}) for c in contests]


def _ranks(values: Sequence[float]) -> NDArray[np.float64]:
    order = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    return np.asarray((order + 1) / len(values), np.float64)
