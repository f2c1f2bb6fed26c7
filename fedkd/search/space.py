"""Search spaces: explicit lists of networks, one per kind of data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Protocol, runtime_checkable

import yaml

from fedkd.errors import ArchitectureError
from fedkd.models import ArchSpec


@runtime_checkable
class SearchSpace(Protocol):
    """Names the networks among which a device may choose."""

    def candidates(self, input_shape: tuple[int, ...]) -> tuple[ArchSpec, ...]:
        """All candidates for inputs of this shape, in a fixed order."""
        ...


@dataclass(frozen=True)
class StandardSpace:
    """Small networks for images [C, H, W], sensor windows [F, T] and tables [F]; at least 60 for each."""

    def candidates(self, input_shape: tuple[int, ...]) -> tuple[ArchSpec, ...]:
        """The candidates for the modality that the shape says."""
        spaces = {1: _table, 2: _sensor, 3: _image}
        return tuple(dict.fromkeys(spaces[len(input_shape)]()))


def _image() -> Iterator[ArchSpec]:
    for widths in product((4, 6, 8, 12, 16), (8, 12, 16, 24, 32)):
        if widths[0] <= widths[1]:
            yield ArchSpec.of("cnn", channels=widths, kernel=3)
    for deep in product((4, 8), (8, 16), (16, 32)):
        yield ArchSpec.of("cnn", channels=deep, kernel=3)
    for widths in product((6, 8), (12, 16)):
        yield ArchSpec.of("cnn", channels=widths, kernel=5)
    for deep in product((8, 16), (16, 24, 32), (32, 48)):
        yield ArchSpec.of("dwcnn", channels=deep, kernel=3)
    for width, expansion, depth in product((8, 12, 16), (2, 4), (2, 3)):
        yield ArchSpec.of("irnet", width=width, expansion=expansion, depth=depth)
    for hidden in (16, 32, 64):
        yield ArchSpec.of("mlp", hidden=(hidden,))


def _sensor() -> Iterator[ArchSpec]:
    for widths in product((8, 16, 24, 32), (8, 16, 24, 32)):
        for kernel in (3, 5):
            yield ArchSpec.of("cnn1d", channels=widths, kernel=kernel)
    for hidden in (8, 16, 24, 32, 48, 64):
        yield ArchSpec.of("gru", hidden=hidden)
    yield from _table()


def _table() -> Iterator[ArchSpec]:
    widths = (4, 8, 12, 16, 24, 32, 48, 64)
    for hidden in widths:
        yield ArchSpec.of("mlp", hidden=(hidden,))
    for first, second in product(widths, widths):
        if second <= first:
            yield ArchSpec.of("mlp", hidden=(first, second))
    for first, second, third in product((16, 32, 64), (8, 16, 32), (8, 16)):
        yield ArchSpec.of("mlp", hidden=(first, second, third))


@dataclass(frozen=True)
class ListedSpace:
    """Exactly the networks that a scenario lists.

    Attributes:
        networks: Each as a YAML or JSON mapping, such as '{family: mlp, hidden: [32]}'.
    """

    networks: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.networks:
            raise ValueError("a search space needs at least one network")

    def candidates(self, input_shape: tuple[int, ...]) -> tuple[ArchSpec, ...]:
        """The listed networks."""
        return tuple(parse_network(text) for text in self.networks)


def parse_network(text: str) -> ArchSpec:
    """The ArchSpec that a YAML or JSON mapping describes.

    Raises:
        ArchitectureError: The text is no mapping, or not an ArchSpec.
    """
    try:
        return ArchSpec.from_json(json.dumps(yaml.safe_load(text)))
    except (yaml.YAMLError, TypeError) as error:
        raise ArchitectureError(
            f"the network {text[:80]!r} is not YAML", "write '{family: mlp, hidden: [32]}'"
        ) from error
