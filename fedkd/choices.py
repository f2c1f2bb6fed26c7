"""The axes of a scenario and the choices of each. Help and completion read them, so nothing heavy is imported."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import yaml

from fedkd.errors import ConfigNotFoundError

ROOT = "scenarios"
"""The package of our own configurations: one folder an axis, one YAML file a choice."""

WHOLE = "federated"
"""The folder of whole configurations, which name a choice for every axis."""

DEFAULT = f"{WHOLE}/default"

_ENDING = ".yaml"


def defaults() -> dict[str, str]:
    """Every axis of a scenario and its choice in the default configuration, in the order that it has there."""
    content = yaml.safe_load(resources.files(ROOT).joinpath(f"{DEFAULT}{_ENDING}").read_text())
    return {
        axis.lstrip("/"): choice
        for entry in content["defaults"]
        if isinstance(entry, dict)
        for axis, choice in entry.items()
    }


def axes(config_dir: Path | None = None) -> dict[str, list[str]]:
    """Every axis of a scenario and its choices.

    Args:
        config_dir: A folder of the user's own configurations, laid out like `scenarios/`.

    Raises:
        ConfigNotFoundError: There is no such folder.
    """
    return {axis: _choices(axis, config_dir) for axis in defaults()}


def configurations(config_dir: Path | None = None) -> list[str]:
    """Names of all whole configurations, such as `federated/default`."""
    return [f"{WHOLE}/{name}" for name in _choices(WHOLE, config_dir)]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that is spelt most like `word`, or None where none is alike."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1)), None)


def _choices(folder: str, config_dir: Path | None) -> list[str]:
    if config_dir is not None and not config_dir.is_dir():
        raise ConfigNotFoundError(f"the configuration folder '{config_dir}' does not exist", "correct --config-dir")
    places = [resources.files(ROOT).joinpath(folder), *([config_dir / folder] if config_dir else [])]
    return sorted({name for place in places for name in _names(place)})


def _names(folder: Traversable | Path) -> Iterator[str]:
    if folder.is_dir():
        yield from (file.name.removesuffix(_ENDING) for file in folder.iterdir() if file.name.endswith(_ENDING))
