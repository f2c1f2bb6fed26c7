"""The batches of a cohort, on the device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fedkd.learning.job import Feed, Store


def tensor(array: NDArray[Any], device: str) -> Tensor:
    """An array as a tensor, without a copy where possible."""
    # torch cannot mark a tensor read-only and warns about arrays that are.
    return torch.from_numpy(array if array.flags.writeable else array.copy()).to(device)


class Batches:
    """The batches of one feed position for all K members of a cohort.

    Args:
        feeds: One feed a member, with equal shapes and objectives.
        store: Arrays that the feeds refer to.
        device: torch device.
    """

    def __init__(self, feeds: Sequence[Feed], store: Store, device: str) -> None:
        self.objective = feeds[0].objective
        shared = all(feed.inputs == feeds[0].inputs for feed in feeds)
        self._viewed = [tensor(_viewed(feed, store), device) for feed in feeds if feed.view is not None]
        plain = [] if self._viewed else feeds[:1] if shared else feeds
        self._inputs = [tensor(store[feed.inputs], device) for feed in plain]
        self._targets = [
            {name: tensor(store[t] if isinstance(t, str) else t, device) for name, t in feed.targets.items()}
            for feed in feeds
        ]
        self._rows = [torch.from_numpy(feed.rows).to(device) for feed in feeds]

    def take(self, step: int) -> tuple[Tensor, dict[str, Tensor]]:
        """Inputs [K, B, ...] and targets [K, B, ...] of one step."""
        rows = [r[step] for r in self._rows]
        if self._viewed:
            inputs = torch.stack([x[step] for x in self._viewed])
        elif len(self._inputs) == 1:
            inputs = self._inputs[0][torch.stack(rows)]
        else:
            inputs = torch.stack([x[r] for x, r in zip(self._inputs, rows, strict=True)])
        targets = {
            # Augmented copies of a set follow one another, so they share its targets.
            name: torch.stack([t[name][r % len(t[name])] for t, r in zip(self._targets, rows, strict=True)])
            for name in self._targets[0]
        }
        return inputs, targets


def _viewed(feed: Feed, store: Store) -> NDArray[np.float32]:
    """[steps, B, ...] samples of all steps, each varied on its own. All at once: a call per step costs more."""
    assert feed.view is not None
    drawn = store[feed.inputs][feed.rows.ravel()]
    rng = np.random.Generator(np.random.PCG64(feed.seed))
    return feed.view.views(drawn, rng).reshape(*feed.rows.shape, *drawn.shape[1:])
