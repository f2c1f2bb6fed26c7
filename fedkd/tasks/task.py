"""Task: what is learnt. Data, objective, kinds of Knowledge, search space, evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from fedkd.data import DataConfig, FederatedData, Partition
from fedkd.data.public import PublicSet
from fedkd.distill import Objective
from fedkd.knowledge import Kind
from fedkd.search import SearchSpace
from sim.streams import Streams


@runtime_checkable
class Task(Protocol):
    """What a federation learns. Classification is one; others are found by `_target_`."""

    @property
    def name(self) -> str:
        """What tables call it."""
        ...

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Kinds of Knowledge that make sense for it."""
        ...

    @property
    def space(self) -> SearchSpace:
        """Networks among which a search looks, unless the search names its own."""
        ...

    def load(
        self, data: DataConfig, partition: Partition, public: PublicSet, sites: int, streams: Streams
    ) -> FederatedData:
        """Private, public and test data of a federation."""
        ...

    def supervised(self, weight: float) -> Objective:
        """What a network is asked to match on private samples."""
        ...

    def scores(
        self, logits: NDArray[np.float32], targets: NDArray[np.int64], histogram: NDArray[np.int64]
    ) -> Mapping[str, float]:
        """Figures of one site on the test set; among them `global_accuracy`.

        Args:
            logits: [N, C] of the site's network.
            targets: [N] of the test set.
            histogram: [C] labels of the site.
        """
        ...
