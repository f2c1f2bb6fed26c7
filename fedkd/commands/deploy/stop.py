"""`fedkd deploy stop`: end a federation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def stop(
    kits: Annotated[Path, typer.Argument(help="The administrator's folder of kits, on the server.")] = Path("kits"),
    reason: Annotated[str, typer.Option(help="What the sites are told.")] = "the administrator stopped it",
) -> None:
    """End the federation: every site hears it at its next call, and Flower's run is stopped.

    What was accepted and the state of each site stay on their disks.

    Examples:
        fedkd deploy stop kits
    """
    from fedkd.operating import stop_run

    for line in stop_run(kits, reason):
        typer.echo(line)
