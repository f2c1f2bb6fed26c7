"""Classification of images, sensor windows or tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fedkd.data import DataConfig, FederatedData, Partition
from fedkd.data.public import OtherSource, PublicSet
from fedkd.data.split import split
from fedkd.distill import Objective, hard_labels
from fedkd.errors import OverlapError
from fedkd.knowledge import Kind
from fedkd.search import SearchSpace, StandardSpace
from sim.streams import Streams


@dataclass(frozen=True)
class Classification:
    """One class a sample.

    Attributes:
        space: Networks among which a search looks.
    """

    space: SearchSpace = StandardSpace()
    name: str = field(default="classification", init=False)
    kinds: tuple[Kind, ...] = field(
        default=(Kind.PROBS, Kind.LOGITS, Kind.LABELS, Kind.PROTOTYPES, Kind.COUNTS, Kind.WEIGHTS, Kind.UPDATE),
        init=False,
    )

    def load(
        self, data: DataConfig, partition: Partition, public: PublicSet, sites: int, streams: Streams
    ) -> FederatedData:
        """Load the source and deal it out.

        Raises:
            OverlapError: The public set comes from the source that private and test samples come from.
        """
        if isinstance(public, OtherSource) and public.source == data.source:
            raise OverlapError(
                "public=other names the data set of the private and test samples, so they would overlap",
                "choose another public.source, or public=in_domain, which keeps them apart",
            )
        return split(data.source.load(), partition, public, data.split, sites, streams)

    def supervised(self, weight: float) -> Objective:
        """Cross entropy with the labels."""
        return hard_labels(weight)

    def scores(
        self, logits: NDArray[np.float32], targets: NDArray[np.int64], histogram: NDArray[np.int64]
    ) -> Mapping[str, float]:
        """Global, local, and local accuracy with the site's own prior.

        `global_accuracy` is the mean over classes of the accuracy on the balanced test set; `local_accuracy`
        weighs the same predictions by the site's label histogram; `local_prior_accuracy` adds the site's log
        prior to the logits first (a product of experts, known to the site alone).
        """
        prior = np.log((histogram + 0.5) / (histogram.sum() + 0.5 * len(histogram)))
        plain = per_class_accuracy(logits.argmax(-1), targets, len(histogram))
        informed = per_class_accuracy((logits + prior).argmax(-1), targets, len(histogram))
        share = histogram / max(histogram.sum(), 1)
        return {
            "global_accuracy": float(plain.mean()),
            "local_accuracy": float((plain * share).sum()),
            "local_prior_accuracy": float((informed * share).sum()),
        }


def per_class_accuracy(predicted: NDArray[np.int64], targets: NDArray[np.int64], classes: int) -> NDArray[np.float64]:
    """[C] share of each class's samples that were predicted right. Every class must occur in `targets`."""
    hits = np.bincount(targets, weights=predicted == targets, minlength=classes)
    return np.asarray(hits / np.bincount(targets, minlength=classes), np.float64)
