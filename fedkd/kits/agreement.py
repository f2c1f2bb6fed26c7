"""From a blueprint to what all machines hold: the scenario, the public set, and how raw data are read."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedkd.composition import compose
from fedkd.data import Examples, Floats, Source
from fedkd.data.images import scale_pixels
from fedkd.data.partitions import Iid
from fedkd.data.public import UNLABELLED
from fedkd.data.scaling import fit_scaling
from fedkd.deployment import Agreed
from fedkd.errors import InvalidValuesError, OutOfRangeError
from fedkd.kits.arrays import read_arrays
from fedkd.kits.blueprint import Blueprint
from fedkd.kits.reading import Reading, Scale
from fedkd.scenario import Scenario
from sim.streams import Streams


def agree(blueprint: Blueprint, base: Path) -> tuple[Agreed, Reading]:
    """What all machines hold.

    Args:
        blueprint: The administrator's file.
        base: The folder to which its paths are relative.

    Raises:
        ConfigError: The scenario does not exist, or the labels are not as many as the classes.
        DataError: The public set cannot be read.
    """
    scenario = compose(blueprint.overrides)
    if blueprint.public is None or blueprint.classes is None:
        agreed, scale = _of_scenario(scenario)
    else:
        public, scale = _of_file(base / blueprint.public, scenario, blueprint.reading)
        agreed = Agreed(scenario, public, blueprint.classes)
    reading = replace(blueprint.reading, scale=blueprint.reading.scale or scale)
    if reading.labels is not None and len(reading.labels) != agreed.classes:
        what = f"reading.labels names {len(reading.labels)} classes, but there are {agreed.classes}"
        raise OutOfRangeError(what, "name each class once, in their order")
    return agreed, reading


def _of_scenario(scenario: Scenario) -> tuple[Agreed, Scale | None]:
    # Who owns which private sample does not touch the public set, so nobody owns any.
    streams = Streams(scenario.seed)
    data = scenario.task.load(scenario.data, Iid(), scenario.public, 1, streams)
    if data.scaling is not None:
        scale: Scale | None = Scale.of(data.scaling)
    else:
        scale = _scale_of(scenario.data.source) if data.public.inputs.ndim == 4 else None
    return Agreed(scenario, data.public, data.classes), scale


def _scale_of(source: Source) -> Scale | None:
    """Published constants, of sources that are given them."""
    given = {field.name: getattr(source, field.name) for field in fields(source)}  # type: ignore[arg-type]
    return Scale(given["mean"], given["std"]) if {"mean", "std"} <= given.keys() else None


def _of_file(path: Path, scenario: Scenario, reading: Reading) -> tuple[Examples, Scale | None]:
    arrays = read_arrays(path, ("inputs",))
    raw, ids = arrays["inputs"], arrays.get("ids", np.arange(len(arrays["inputs"])))
    if raw.ndim < 2 or not len(raw) or raw.dtype.kind not in "fiu" or not np.isfinite(raw).all():
        what = f"'{path}' has inputs of shape {list(raw.shape)} and type {raw.dtype}, or some that are no numbers"
        raise InvalidValuesError(what, "give at least one sample a row, as finite numbers")
    if ids.dtype.kind not in "iu" or ids.shape != (len(raw),) or len(np.unique(ids)) < len(ids):
        raise InvalidValuesError(f"'{path}' has ids that do not number its samples", "give each its own, or none")
    inputs, scale = _scaled(str(path), raw, reading.scale, scenario.data.split.standardise)
    return Examples(inputs, np.full(len(raw), UNLABELLED, np.int64), ids.astype(np.int64)), scale


def _scaled(where: str, raw: NDArray[Any], scale: Scale | None, standardise: bool) -> tuple[Floats, Scale | None]:
    if raw.ndim == 4 and raw.dtype == np.uint8:
        pixels = scale or Scale((0.5,), (0.5,))
        return scale_pixels(where, raw, pixels.mean, pixels.std), pixels
    inputs = raw.astype(np.float32)
    if raw.ndim == 4:  # images of numbers are what networks read already
        return inputs, scale
    if scale is None and standardise:
        scale = Scale.of(fit_scaling(inputs))
    return (inputs if scale is None else scale.apply(inputs)), scale
