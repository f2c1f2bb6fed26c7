"""The axes of a scenario and the choices of each. Help and completion read them, so nothing heavy is imported."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

ROOT = "scenarios"
"""The package of our own configurations: one folder an axis, one YAML file a choice."""

ENDING = ".yaml"


def axes(config_dir: Path | None = None) -> dict[str, list[str]]:
    """Every axis of a scenario and its choices.

    Args:
        config_dir: A folder of the user's own configurations, laid out like `scenarios/`.
    """
    found: dict[str, set[str]] = {}
    for root in (resources.files(ROOT), *([config_dir] if config_dir else [])):
        for folder in root.iterdir():
            if names := set(_names(folder)):
                found.setdefault(folder.name, set()).update(names)
    return {axis: sorted(names) for axis, names in sorted(found.items())}


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that is spelt most like `word`, or None where none is."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1)), None)


def _names(folder: Traversable | Path) -> list[str]:
    if not folder.is_dir():
        return []
    return [file.name.removesuffix(ENDING) for file in folder.iterdir() if file.name.endswith(ENDING)]
