"""A family of architectures: what it reads, which options a spec may set, and how a network is laid out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import torch

from fedkd.errors import ArchitectureError
from fedkd.models.arch import ArchSpec
from fedkd.models.network import Network
from fedkd.models.options import Option

Modality = Literal["image", "sensor", "table"]

ANY: frozenset[Modality] = frozenset({"image", "sensor", "table"})
IMAGE: frozenset[Modality] = frozenset({"image"})
SENSOR: frozenset[Modality] = frozenset({"sensor"})

_MODALITIES: dict[int, Modality] = {1: "table", 2: "sensor", 3: "image"}


@dataclass(frozen=True, eq=False)
class Family:
    """What networks and tree learners have in common.

    Attributes:
        name: For messages and figures.
        modalities: What it reads: image [channels, height, width], sensor [features, time], table [features].
        options: Every option that a spec may set, with default and bounds.
    """

    name: str
    modalities: frozenset[Modality]
    options: Mapping[str, Option]

    def complete(self, spec: ArchSpec) -> ArchSpec:
        """The same architecture with every option written out.

        Raises:
            ArchitectureError: An option is unknown, of another type, or out of bounds.
        """
        given = dict(spec.options)
        for name, value in given.items():
            if name not in self.options:
                known = ", ".join(sorted(self.options)) or "none"
                raise ArchitectureError(f"family {self.name!r} has no option {name!r}", f"use its options: {known}")
            if not self.options[name].accepts(value):
                raise ArchitectureError(
                    f"option {name!r} of family {self.name!r} is {value!r}",
                    f"it must be {self.options[name].rule}",
                )
        return ArchSpec.of(
            spec.family, **{name: given.get(name, option.default) for name, option in self.options.items()}
        )

    def check(self, input_shape: tuple[int, ...], classes: int) -> None:
        """Refuse data that the family does not read.

        Raises:
            ArchitectureError: The shape has another modality or an empty axis, or there are under two
                classes.
        """
        if _MODALITIES.get(len(input_shape)) not in self.modalities or min(input_shape) < 1:
            raise ArchitectureError(
                f"family {self.name!r} does not read samples of shape {list(input_shape)}",
                f"give it data of modality {' or '.join(sorted(self.modalities))}, or choose another family",
            )
        if classes < 2:
            raise ArchitectureError(f"{classes} classes leave nothing to tell apart", "use two classes or more")


@dataclass(frozen=True, eq=False)
class NetworkFamily(Family):
    """A family of torch networks.

    Attributes:
        assemble: assemble(input_shape, classes, **options) → Network. It need not care for initial values.
        vectorises: Whether torch.func.vmap over stacked weights works, and beats a loop as long as the work
            is small; `fedkd.models.vectorise` decides for a given network and batch.
    """

    assemble: Callable[..., Network]
    vectorises: bool

    def skeleton(self, spec: ArchSpec, input_shape: tuple[int, ...], classes: int) -> Network:
        """The network on the meta device: shapes without numbers, and no random draw.

        Raises:
            ArchitectureError: The options are wrong, or the shape does not fit.
        """
        self.check(input_shape, classes)
        options = dict(self.complete(spec).options)
        with torch.device("meta"):
            return self.assemble(input_shape, classes, **options)
