"""The shortlist: few architectures for a whole federation, so that each has peers to learn with.

Devices say which networks fit and how they rank; the aggregator picks at most so many that every class of
devices finds a good one among them. Each site then chooses from the shortlist on its own data.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

from fedkd.models import ArchSpec

Class = TypeVar("Class", bound=Hashable)
"""Whatever tells the classes of devices apart."""


def shortlist(
    scores: Mapping[Class, Mapping[ArchSpec, float]],
    shares: Mapping[Class, float],
    macs: Mapping[ArchSpec, int],
    limit: int,
) -> tuple[ArchSpec, ...]:
    """Greedily pick the networks that raise the best score within each class of devices the most.

    Places that are left go to alternatives: networks at most half as costly as the best of a class, so that a site
    which finds a cheap network as good as a dear one can choose it.

    Args:
        scores: For each class of devices, the score of each network that fits it, higher is better, above 0.
        shares: Number of sites in each class.
        macs: Multiply-accumulates of each network.
        limit: Most networks to pick.

    Returns:
        At most `limit` networks, in the order picked. Every class has one that fits, if `limit` allows: a class
        that has none yet gains from 0, which weighs more than any improvement elsewhere.
    """
    chosen = _greedy([], scores, shares, limit)
    cheaper = {}
    for name, ranked in scores.items():
        best = max((spec for spec in chosen if spec in ranked), key=lambda spec: ranked[spec], default=None)
        cheaper[name] = {s: v for s, v in ranked.items() if best is not None and macs[s] <= macs[best] / 2}
    return tuple(_greedy(chosen, cheaper, shares, limit))


def _greedy(
    chosen: Sequence[ArchSpec],
    scores: Mapping[Class, Mapping[ArchSpec, float]],
    shares: Mapping[Class, float],
    limit: int,
) -> list[ArchSpec]:
    """`chosen`, and more as long as one raises the share-weighted best score of the classes."""
    picked = list(chosen)
    everyone = sorted({spec for ranked in scores.values() for spec in ranked}, key=ArchSpec.to_json)

    def worth(specs: Sequence[ArchSpec]) -> tuple[float, float]:
        # Sites that are served at all go before how well they are, so that no class stays without.
        found = {name: [ranked[s] for s in specs if s in ranked] for name, ranked in scores.items()}
        served = {name: max(values) for name, values in found.items() if values}
        return sum(shares[name] for name in served), sum(shares[name] * best for name, best in served.items())

    while len(picked) < limit and everyone:
        spec = max(everyone, key=lambda s: worth([*picked, s]))
        if worth([*picked, spec]) <= worth(picked):
            break
        picked.append(spec)
    return picked
