"""The axes of a scenario and the choices of each. Help and completion read them, so nothing heavy is imported."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

ROOT = "scenarios"
"""The package of our own configurations: one folder an axis, one YAML file a choice."""

WHOLE = "federated"
"""The folder of whole configurations, which name a choice for every axis. It is no axis itself."""

_ENDING = ".yaml"


def axes(config_dir: Path | None = None) -> dict[str, list[str]]:
    """Every axis of a scenario and its choices.

    Args:
        config_dir: A folder of the user's own configurations, laid out like `scenarios/`.
    """
    return {folder: names for folder, names in _folders(config_dir).items() if folder != WHOLE}


def configurations(config_dir: Path | None = None) -> list[str]:
    """Names of all whole configurations, such as `federated/default`."""
    return [f"{WHOLE}/{name}" for name in _folders(config_dir)[WHOLE]]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that is spelt most like `word`, or None where none is alike."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1)), None)


def _folders(config_dir: Path | None) -> dict[str, list[str]]:
    found: dict[str, set[str]] = {}
    for root in (resources.files(ROOT), *([config_dir] if config_dir else [])):
        for folder in root.iterdir():
            if names := set(_names(folder)):
                found.setdefault(folder.name, set()).update(names)
    return {folder: sorted(names) for folder, names in sorted(found.items())}


def _names(folder: Traversable | Path) -> Iterator[str]:
    if folder.is_dir():
        yield from (file.name.removesuffix(_ENDING) for file in folder.iterdir() if file.name.endswith(_ENDING))
