"""A search space as forks in a road, so that a genetic search can cross and mutate what is only a list.

First the family is chosen, then each of its options in the order of their names, tuples by their length and then
entry by entry. A genome has one gene for each fork: which branch to take, as a share of the branches that are there.
Every genome is a network of the space, every network has genomes, and genomes that are alike are networks alike.
"""

from __future__ import annotations

from collections.abc import Sequence

from fedkd.models import ArchSpec, complete

Step = tuple[str, float | str]
"""Name of the fork, and the branch."""


class Forks:
    """All ways through a list of networks.

    Args:
        specs: At least one.
    """

    def __init__(self, specs: Sequence[ArchSpec]) -> None:
        self._ways = {spec: _way(spec) for spec in specs}
        self.genes = max(map(len, self._ways.values()))
        """Length of a genome."""

    def follow(self, genome: Sequence[float]) -> ArchSpec:
        """The network at the end of the way.

        Args:
            genome: `genes` numbers in [0, 1]; those after the end of the way have no effect.
        """
        left = list(self._ways)
        for fork, gene in enumerate(genome):
            if len(left) == 1:
                break
            branches = sorted({self._ways[spec][fork] for spec in left})
            branch = branches[min(int(gene * len(branches)), len(branches) - 1)]
            left = [spec for spec in left if self._ways[spec][fork] == branch]
        return left[0]


def _way(spec: ArchSpec) -> list[Step]:
    way: list[Step] = [("family", spec.family)]
    for name, value in complete(spec).options:
        entries = (len(value), *value) if isinstance(value, tuple) else (value,)
        way += [(f"{name}[{i}]", entry) for i, entry in enumerate(entries)]
    return way
