"""The Pareto front: arms that no other arm beats in everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def dominators(costs: Mapping[str, Sequence[float]]) -> dict[str, tuple[str, ...]]:
    """Who dominates whom.

    One arm dominates another when it is nowhere worse and somewhere better. Means are compared as they are: where two
    differ by less than their standard errors, other seeds can change who is on the front.

    Args:
        costs: What each arm costs in each respect, less is better (so minus the accuracy).

    Returns:
        For each arm those that dominate it, in the order given; nobody for an arm on the front.
    """
    return {
        name: tuple(other for other, theirs in costs.items() if _dominates(theirs, own)) for name, own in costs.items()
    }


def _dominates(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(a <= b for a, b in zip(one, other, strict=True)) and tuple(one) != tuple(other)
