"""The check that no sample stands in two sets."""

from __future__ import annotations

import numpy as np

from fedkd.data.examples import FederatedData
from fedkd.errors import OverlapError


def check_disjoint(data: FederatedData) -> None:
    """Checks that no id stands in two sets, nor twice in one.

    Raises:
        OverlapError: Names the first such id and its sets.
    """
    sets = {"the public set": data.public.ids, "the test set": data.test.ids}
    for number, site in enumerate(data.sites):
        sets[f"the train set of site {number}"] = site.train.ids
        sets[f"the validation set of site {number}"] = site.validation.ids
    unique, times = np.unique(np.concatenate(list(sets.values())), return_counts=True)
    if times.max() > 1:
        shared = int(unique[times.argmax()])
        holders = [name for name, ids in sets.items() if shared in ids]
        raise OverlapError(
            f"sample {shared} stands {int(times.max())} times in {' and '.join(holders)}",
            "give every sample of the source and of the public set its own id",
        )
