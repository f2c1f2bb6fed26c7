"""The YAML files of the data axes, built by the strict constructor."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from omegaconf import OmegaConf

from fedkd.construct import construct
from fedkd.data import DataConfig, Partition, Source, View
from fedkd.data.public import PublicSet
from fedkd.data.split import split
from sim.streams import Streams

FOLDER = Path(__file__).parents[2] / "scenarios"
AXES = {"data": DataConfig, "partition": Partition, "public": PublicSet}
FILES = [(axis, path.stem) for axis in AXES for path in sorted((FOLDER / axis).glob("*.yaml"))]


def build(axis: str, name: str):
    plain = OmegaConf.to_container(OmegaConf.load(FOLDER / axis / f"{name}.yaml"))
    return construct(plain, AXES[axis], axis)


@pytest.mark.parametrize(("axis", "name"), FILES)
def test_each_file_builds(axis, name):
    built = build(axis, name)
    assert isinstance(built, AXES[axis])
    if isinstance(built, DataConfig):
        assert isinstance(built.source, Source)
        assert isinstance(built.view, View)


def test_none_is_missing():
    assert {axis: sum(a == axis for a, _ in FILES) for axis in AXES} == {
        "data": 14,
        "partition": 7,
        "public": 3,
    }


@pytest.mark.parametrize("name", ["mnist5k", "digits", "breast_cancer", "wine", "fashion_mnist"])
def test_data_that_are_at_hand_split_as_configured(name):
    config = build("data", name)
    path = getattr(config.source, "path", None)
    if path is not None and not Path(path).is_dir():
        pytest.skip(f"{path} is not here")

    data = split(
        config.source.load(),
        build("partition", "iid"),
        build("public", "in_domain"),
        config.split,
        4,
        Streams(0),
    )

    assert len(data.test) == config.split.test
    assert len(data.public) == config.split.public
    views = config.view.views(data.public.inputs[:8], np.random.default_rng(0))
    assert views.shape == data.public.inputs[:8].shape


@pytest.mark.parametrize("public", ["in_domain", "shifted", "other"])
@pytest.mark.parametrize("partition", ["iid", "dirichlet", "shards", "classes", "quantity", "feature"])
def test_axes_combine(partition, public):
    config = build("data", "mnist5k")
    data = split(
        config.source.load(),
        build("partition", partition),
        build("public", public),
        config.split,
        10,
        Streams(1),
    )
    assert data.public.inputs.shape == (1000, 1, 28, 28)
    assert len(data.sites) == 10
