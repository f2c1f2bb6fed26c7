"""Files that say what to compare, and tables that say what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import yaml
from rich.table import Table

from fedkd.compare import ArmResult, Comparison
from fedkd.construct import construct
from fedkd.errors import ConfigError, UnknownChoiceError

COLUMNS = (
    "arm",
    "global",
    "local + prior",
    "student",
    "kB a site",
    "kB to best - 0.5",
    "at round",
    "sites' CPU s",
    "search s",
)


def load(name: str, overrides: tuple[str, ...]) -> Comparison:
    """Read a comparison.

    Args:
        name: Name below scenarios/compare/, or a path.
        overrides: More overrides for all arms.

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
    made: Comparison = construct(plain, Comparison)
    return made


def table(results: Sequence[ArmResult]) -> Table:
    """For the terminal."""
    made = Table(*COLUMNS)
    for result in results:
        made.add_row(*cells(result))
    return made


def markdown(results: Sequence[ArmResult]) -> str:
    """For documents."""
    rows = [COLUMNS, ("---",) * len(COLUMNS), *map(cells, results)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def cells(result: ArmResult) -> tuple[str, ...]:
    """One row; accuracies are means over sites, then mean ± standard deviation over seeds."""
    round_, sent = result.bytes_to_best()
    return (
        result.name,
        *(_pair(result.figure(f"{name}_accuracy"), "{:.3f}") for name in ("global", "local_prior", "student")),
        _pair(result.figure("bytes_per_site"), "{:.1f}", 1 / 1000),
        f"{sent / 1000:.1f}",
        str(round_),
        _pair(result.figure("train_cpu_s"), "{:.1f}"),
        _pair(result.figure("search_cpu_s"), "{:.1f}"),
    )


def _pair(figure: tuple[float, float] | None, style: str, scale: float = 1.0) -> str:
    return " ± ".join(style.format(value * scale) for value in figure) if figure else "-"
