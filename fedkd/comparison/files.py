"""YAML files that say what to compare."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import yaml

from fedkd.comparison.plan import Comparison
from fedkd.construct import construct
from fedkd.errors import ConfigError, UnknownChoiceError


def load(
    name: str, overrides: tuple[str, ...] = (), reference: str | None = None, target: float | None = None
) -> Comparison:
    """Read a comparison.

    Args:
        name: Name below scenarios/compare/, or a path.
        overrides: More overrides for all arms.
        reference: Takes the place of the file's.
        target: Takes the place of the file's.

    Raises:
        ConfigError: There is no such file, or it is not a comparison.
    """
    folder = resources.files("scenarios") / "compare"
    path = Path(name) if name.endswith((".yaml", ".yml")) else folder / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".yaml")))
        raise UnknownChoiceError(f"there is no comparison '{name}'", f"choose one of {known}, or give a YAML file")
    try:
        plain = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        raise ConfigError(f"'{name}' is not YAML ({error})", "correct the file") from error
    if not isinstance(plain, dict) or not isinstance(plain.get("base", []), list):
        raise ConfigError(f"'{name}' is no mapping with a list 'base'", "write it like those in scenarios/compare")
    plain["base"] = [*plain.get("base", []), *overrides]
    given = {"reference": reference, "target": target}
    made: Comparison = construct(plain | {k: v for k, v in given.items() if v is not None}, Comparison)
    return made
