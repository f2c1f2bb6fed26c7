"""Parts of a careless third party, named by `_target_` in the tests of malformed input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fedkd.data import Examples
from fedkd.data.partition import Partition
from fedkd.data.public import PublicSet

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True)
class Borrowed(PublicSet):
    """Gives its samples ids that samples of the corpus have."""

    def choose(self, candidates, size, first_id, rng):
        return Examples(candidates.inputs, candidates.targets, np.arange(len(candidates)))


@dataclass(frozen=True)
class Greedy(Partition):
    """Deals everything to every site."""

    def deal(self, targets, sites, owners, rng):
        return (np.arange(len(targets)),) * sites


@dataclass(frozen=True)
class Untyped(Borrowed):
    """A field of a type that only type checkers see."""

    price: Decimal | None = None


@dataclass(frozen=True)
class Refusing:
    """Refuses a value in the words of another library."""

    size: int = 0

    def __post_init__(self):
        raise RuntimeError("no such\nsize")

    def candidates(self, input_shape):
        return ()


class NoDataclass:
    """Not a dataclass."""
