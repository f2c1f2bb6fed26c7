"""The shortlist: few architectures for a whole federation, so that each has peers to learn with.

Devices say which networks fit and how they rank; the aggregator picks at most so many that every class of
devices finds a good one among them. Each site then chooses from the shortlist on its own data.
"""

from __future__ import annotations

from collections.abc import Mapping

from fedkd.models import ArchSpec


def shortlist(
    scores: Mapping[str, Mapping[ArchSpec, float]], shares: Mapping[str, float], limit: int
) -> tuple[ArchSpec, ...]:
    """Greedily pick networks that raise the best score within each class of devices the most.

    Args:
        scores: For each class of devices, the score of each network that fits it, higher is better, above 0.
        shares: Number of sites in each class.
        limit: Most networks to pick.

    Returns:
        At most `limit` networks, in the order picked. Every class has one that fits, if `limit` allows: a class
        that has none yet gains from 0, which weighs more than any improvement elsewhere.
    """
    chosen: list[ArchSpec] = []
    best = dict.fromkeys(scores, 0.0)
    everyone = sorted({spec for ranked in scores.values() for spec in ranked}, key=ArchSpec.to_json)
    while len(chosen) < limit:
        gains = {
            spec: sum(
                shares[name] * (max(ranked.get(spec, 0.0) - best[name], 0.0) + (best[name] == 0 and spec in ranked))
                for name, ranked in scores.items()
            )
            for spec in everyone
        }
        spec = max(everyone, key=lambda s: gains[s])
        if gains[spec] <= 0:
            break
        chosen.append(spec)
        best = {name: max(best[name], ranked.get(spec, 0.0)) for name, ranked in scores.items()}
    return tuple(chosen)
