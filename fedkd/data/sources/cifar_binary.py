"""CIFAR-10 and CIFAR-100 in the "binary version": rows of labels and pixels, one byte each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from fedkd.data.build import Labelled
from fedkd.data.examples import Corpus
from fedkd.data.sources._cifar import PIXELS, batch_names, cifar_corpus, join, require_labels
from fedkd.data.sources._files import read_bytes, require_folder
from fedkd.errors import UnreadableDataError

# Label bytes before the pixels of a row, and which of them is meant.
_LABEL_BYTES = {"labels": (1, 0), "coarse_labels": (2, 0), "fine_labels": (2, 1)}


@dataclass(frozen=True)
class CifarBinary:
    """Inputs [N, 3, 32, 32] from a folder with data_batch_1.bin .. test_batch.bin, or train.bin and test.bin.

    Attributes:
        path: The folder, `cifar-10-batches-bin` or `cifar-100-binary`.
        labels: `labels` for CIFAR-10, `fine_labels` (100 classes) or `coarse_labels` (20) for CIFAR-100.
    """

    path: str
    labels: Literal["labels", "fine_labels", "coarse_labels"]

    def __post_init__(self) -> None:
        require_labels(self.labels)

    def load(self) -> Corpus:
        """See Source."""
        folder = require_folder(Path(self.path))
        train, test = batch_names(self.labels)
        batches = [self._read(folder / f"{name}.bin") for name in train]
        return cifar_corpus(self.labels, join(batches), self._read(folder / f"{test}.bin"))

    def _read(self, path: Path) -> Labelled:
        head, column = _LABEL_BYTES[self.labels]
        values = np.frombuffer(read_bytes(path), np.uint8)
        if len(values) == 0 or len(values) % (head + PIXELS):
            raise UnreadableDataError(
                f"{path} has {len(values)} bytes, which is no number of rows of {head + PIXELS}",
                "fetch it again",
            )
        rows = values.reshape(-1, head + PIXELS)
        return Labelled(rows[:, head:], rows[:, column])
