"""Folders of IDX files: MNIST, Fashion-MNIST, EMNIST."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fedkd.data.build import Labelled, build_corpus
from fedkd.data.examples import Corpus
from fedkd.data.images import require_pixel_scale, scale_pixels
from fedkd.data.sources._files import require_folder
from fedkd.data.sources._idx import read_idx
from fedkd.errors import InvalidValuesError


@dataclass(frozen=True)
class IdxFolder:
    """Images [N, 1, height, width] from `PREFIX-images-idx3-ubyte.gz` and `PREFIX-labels-idx1-ubyte.gz`.

    Attributes:
        path: The folder. Debian's dataset-fashion-mnist has /usr/share/datasets/fashion-mnist.
        name: What figures call the data set.
        train: Prefix of the training files: `train`, or `emnist-balanced-train`.
        test: Prefix of the test files: `t10k`, or `emnist-balanced-test`; None if there are none.
        transpose: Whether rows and columns are exchanged. EMNIST stores its images so.
        first_label: The smallest label: 1 for EMNIST letters, else 0.
        mean: Published mean of the pixels in 0..1.
        std: Published standard deviation.
        classes: Number of classes; None for the largest label and one.
    """

    path: str
    name: str
    train: str = "train"
    test: str | None = "t10k"
    transpose: bool = False
    first_label: int = 0
    mean: tuple[float, ...] = (0.5,)
    std: tuple[float, ...] = (0.5,)
    classes: int | None = None

    def __post_init__(self) -> None:
        require_pixel_scale("source", self.mean, self.std)

    def load(self) -> Corpus:
        """See Source."""
        train = self._read(self.train)
        test = None if self.test is None else self._read(self.test)
        return build_corpus(self.name, train, test, self.classes or int(train.targets.max()) + 1)

    def _read(self, prefix: str) -> Labelled:
        folder = require_folder(Path(self.path))
        images = read_idx(folder, f"{prefix}-images-idx3-ubyte", axes=3)
        labels = read_idx(folder, f"{prefix}-labels-idx1-ubyte", axes=1)
        if not len(images) == len(labels) > 0:
            raise InvalidValuesError(
                f"{prefix} in {folder} has {len(images)} images and {len(labels)} labels",
                "use files of one set",
            )
        upright = images.swapaxes(1, 2) if self.transpose else images
        inputs = scale_pixels(f"{prefix} in {folder}", upright[:, None], self.mean, self.std)
        return Labelled(inputs, labels.astype(np.int64) - self.first_label)
