"""What both publications of CIFAR-10 and CIFAR-100 have in common."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fedkd.data.build import Labelled, build_corpus
from fedkd.data.examples import Corpus
from fedkd.data.images import scale_pixels
from fedkd.errors import OutOfRangeError

# The key that the python batches use says which data set, and which of its labels, is meant.
CifarLabels = Literal["labels", "fine_labels", "coarse_labels"]

PIXELS = 3 * 32 * 32
_NAMES = {"labels": ("CIFAR-10", 10), "fine_labels": ("CIFAR-100", 100), "coarse_labels": ("CIFAR-20", 20)}
_CIFAR10 = (tuple(f"data_batch_{number}" for number in range(1, 6)), "test_batch")
_CIFAR100 = (("train",), "test")
# As published, for pixels in 0..1 of the training images: (mean, std) of CIFAR-10 and CIFAR-100.
_SCALE10 = ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616))
_SCALE100 = ((0.5071, 0.4865, 0.4409), (0.2673, 0.2564, 0.2762))


def require_labels(labels: str) -> None:
    """Raises OutOfRangeError unless `labels` is one of the three kinds."""
    if labels not in _NAMES:
        raise OutOfRangeError(f"source.labels is {labels!r}", f"choose one of {', '.join(_NAMES)}")


def batch_names(labels: CifarLabels) -> tuple[tuple[str, ...], str]:
    """Names of the training files, and of the test file, without ending."""
    return _CIFAR10 if labels == "labels" else _CIFAR100


def cifar_corpus(labels: CifarLabels, train: Labelled, test: Labelled) -> Corpus:
    """Rows [N, 3072] of uint8 (red, green, blue planes) to a corpus of [N, 3, 32, 32]."""
    name, classes = _NAMES[labels]
    return build_corpus(name, _inputs(labels, train), _inputs(labels, test), classes)


def _inputs(labels: CifarLabels, rows: Labelled) -> Labelled:
    pixels: NDArray[np.uint8] = rows.inputs.reshape(-1, 3, 32, 32)
    mean, std = _SCALE10 if labels == "labels" else _SCALE100
    return Labelled(scale_pixels("CIFAR", pixels, mean, std), rows.targets)


def join(batches: list[Labelled]) -> Labelled:
    """Several files as one."""
    return Labelled(np.concatenate([b.inputs for b in batches]), np.concatenate([b.targets for b in batches]))
