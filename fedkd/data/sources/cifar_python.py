"""CIFAR-10 and CIFAR-100 in the "python version".

Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from fedkd.data.build import Labelled
from fedkd.data.examples import Corpus
from fedkd.data.sources._cifar import PIXELS, batch_names, cifar_corpus, join, require_labels
from fedkd.data.sources._files import require_folder
from fedkd.data.sources._object_stream import read_dictionary
from fedkd.errors import InvalidValuesError, UnreadableDataError


@dataclass(frozen=True)
class CifarPython:
    """Inputs [N, 3, 32, 32] from a folder with data_batch_1 .. 5 and test_batch, or train and test.

    Attributes:
        path: The folder, `cifar-10-batches-py` or `cifar-100-python`.
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
        return cifar_corpus(self.labels, join([self._read(folder / name) for name in train]), self._read(folder / test))

    def _read(self, path: Path) -> Labelled:
        batch = read_dictionary(path)
        data, labels = batch.get("data"), batch.get(self.labels)
        if not isinstance(data, np.ndarray) or not isinstance(labels, list):
            raise UnreadableDataError(
                f"{path} lacks data or {self.labels}",
                "check that path and source.labels mean the same data set",
            )
        if data.shape != (len(labels), PIXELS) or not all(type(label) is int for label in labels):
            raise InvalidValuesError(
                f"{path} has data of shape {data.shape} and {len(labels)} labels",
                f"give {PIXELS} bytes a label",
            )
        return Labelled(data, np.array(labels, np.int64))
