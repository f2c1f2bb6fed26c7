"""`fedkd axes`: every axis of a scenario and its choices."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from fedkd.choices import axes as find_axes


def axes(
    config_dir: Annotated[Path | None, typer.Option(help="A folder of your own configurations.")] = None,
) -> None:
    """List every axis of a scenario and its choices.

    Choose with AXIS=CHOICE, and change a value with AXIS.KEY=VALUE.

    Examples:
        fedkd axes
        fedkd simulate partition=dirichlet partition.alpha=0.5
        fedkd simulate partition=dirichlet --show
    """
    table = Table("axis", "choices", title="Axes of a scenario")
    for axis, choices in find_axes(config_dir).items():
        table.add_row(axis, ", ".join(choices))
    Console().print(table)
