"""A site's samples, from whatever file or folder of its machine they lie in; read by the readers of simulations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fedkd.data import Examples, SiteData, Source
from fedkd.data.sources import CsvTable, IdxFolder, ImageFolder, NpzFile
from fedkd.data.split import keep_aside
from fedkd.errors import InvalidValuesError, UnreadableDataError
from fedkd.kits.arrays import read_arrays, require_arrays, write_arrays
from fedkd.kits.kit import SiteKit
from fedkd.kits.reading import Scale
from sim.streams import Streams

Layout = Literal["NHW", "NHWC", "NCHW"]


def write_data(path: Path, data: SiteData) -> None:
    """A site's samples, as its networks read them.

    Raises:
        DiskError: They cannot be written.
    """
    parts = {"train": data.train, "validation": data.validation}
    arrays = {f"{name}_inputs": part.inputs for name, part in parts.items()}
    write_arrays(path, arrays | {f"{name}_labels": part.targets for name, part in parts.items()})


def write_test(path: Path, test: Examples) -> None:
    """A test set, as networks read it.

    Raises:
        DiskError: It cannot be written.
    """
    write_arrays(path, {"test_inputs": test.inputs, "test_labels": test.targets})


def read_test(path: Path, shape: Sequence[int], classes: int) -> Examples:
    """Undo of `write_test`.

    Raises:
        UnreadableDataError: It cannot be read, or does not fit the federation.
    """
    return _prepared(path, read_arrays(path, ("test_inputs", "test_labels")), "test", shape, classes)


def read_data(folder: Path, kit: SiteKit, shape: Sequence[int], streams: Streams) -> SiteData:
    """A site's samples.

    Files with `train_inputs` and `train_labels` hold what networks read, and may hold `validation_...`. All others are
    raw: pixels as bytes, features in their own units. They are scaled as the public set was.

    Args:
        folder: The kit.
        kit: What it says.
        shape: Of one sample, as the public set has it.
        streams: The validation samples are the stream (site, "validation").

    Raises:
        DataError: They cannot be read, or do not fit the federation.
    """
    path, rng = folder / kit.data, streams.generator(kit.site, "validation")
    if path.suffix == ".npz" and "x_train" not in (arrays := read_arrays(path, ())):
        return _divided(path, arrays, kit, shape, rng)
    owned = source_of(path, kit, shape).load().train
    _require_shape(path, owned.inputs, owned.targets, "training", shape)
    if kit.reading.scale is not None and len(shape) < 3:  # readers of images have scaled them
        owned = Examples(kit.reading.scale.apply(owned.inputs), owned.targets, owned.ids)
    return keep_aside(owned, kit.validation, kit.classes, rng)


def source_of(path: Path, kit: SiteKit, shape: Sequence[int]) -> Source:
    """The reader of raw data.

    Raises:
        UnreadableDataError: There is nothing, or nothing that is known.
    """
    if path.suffix == ".csv":
        if kit.label is None:
            raise UnreadableDataError(f"'{path}' is a table, but kit.yaml names no column", "give `label: COLUMN`")
        return CsvTable(str(path), kit.site, kit.label, kit.reading.named(kit.classes), kit.reading.columns)
    if path.suffix == ".npz":
        return _npz(path, kit, shape)
    if not path.is_dir():
        raise UnreadableDataError(f"'{path}' is no folder, .npz or .csv file", "correct `data` in kit.yaml")
    if len(shape) != 3 or shape[1] != shape[2]:
        what = f"'{path}' holds images, but this federation reads samples {list(shape)}"
        raise UnreadableDataError(what, "give square images, or an .npz file")
    scale = _pixels(path, kit)
    if list(path.glob("*-images-idx3-ubyte*")):
        return IdxFolder(str(path), kit.site, test=None, mean=scale.mean, std=scale.std, classes=kit.classes)
    labels = kit.reading.named(kit.classes)
    return ImageFolder(str(path), kit.site, shape[1], shape[0] == 1, scale.mean, scale.std, labels)


def _npz(path: Path, kit: SiteKit, shape: Sequence[int]) -> Source:
    if len(shape) < 3:
        return NpzFile(str(path), kit.site, "NF" if len(shape) == 1 else "NFT", classes=kit.classes)
    scale, found = _pixels(path, kit), read_arrays(path, ("x_train", "y_train"))["x_train"].shape
    layout: Layout = "NCHW" if found[1:] == tuple(shape) else "NHW" if len(found) == 3 else "NHWC"
    return NpzFile(str(path), kit.site, layout, scale.mean, scale.std, kit.classes)


def _pixels(path: Path, kit: SiteKit) -> Scale:
    if kit.reading.scale is None:
        what = f"nobody agreed how the pixels of '{path}' are scaled"
        raise UnreadableDataError(what, "give reading.scale in the federation's file, and copy the kit again")
    return kit.reading.scale


def _divided(
    path: Path, arrays: Mapping[str, NDArray[Any]], kit: SiteKit, shape: Sequence[int], rng: np.random.Generator
) -> SiteData:
    require_arrays(path, arrays, ("train_inputs", "train_labels"))
    train = _prepared(path, arrays, "train", shape, kit.classes)
    if "validation_inputs" not in arrays:
        return keep_aside(train, kit.validation, kit.classes, rng)
    require_arrays(path, arrays, ("validation_labels",))
    validation = _prepared(path, arrays, "validation", shape, kit.classes)
    both = np.concatenate([train.targets, validation.targets])
    return SiteData(train, validation, np.bincount(both, minlength=kit.classes).astype(np.int64))


def _prepared(
    path: Path, arrays: Mapping[str, NDArray[Any]], name: str, shape: Sequence[int], classes: int
) -> Examples:
    inputs, labels = arrays[f"{name}_inputs"], arrays[f"{name}_labels"]
    _require_shape(path, inputs, labels, name, shape)
    if len(labels) and not (labels.min() >= 0 and labels.max() < classes and np.isfinite(inputs).all()):
        what = f"'{path}' has {name} labels beyond 0 to {classes - 1}, or samples that are no numbers"
        raise InvalidValuesError(what, "correct the file")
    ids = np.arange(len(labels), dtype=np.int64)
    return Examples(np.asarray(inputs, np.float32), np.asarray(labels, np.int64), ids)


def _require_shape(path: Path, inputs: NDArray[Any], labels: NDArray[Any], name: str, shape: Sequence[int]) -> None:
    fits = inputs.ndim >= 2 and inputs.shape[1:] == tuple(shape) and labels.shape == (len(inputs),)
    if not fits or inputs.dtype.kind not in "fiu" or labels.dtype.kind not in "iu":
        what = f"'{path}' has {name} samples {list(inputs.shape)} and labels {list(labels.shape)}"
        raise UnreadableDataError(f"{what}, this federation reads samples {list(shape)}", "give one label a sample")
