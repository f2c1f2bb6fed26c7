"""`fedkd deploy start`: let Flower start the sites."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fedkd.commands.simulate import INTERRUPTED


def start(
    kits: Annotated[Path, typer.Argument(help="The administrator's folder of kits, on the server.")] = Path("kits"),
    detach: Annotated[bool, typer.Option("--detach", help="Return once the run has begun.")] = False,
) -> None:
    """Start a Flower run that opens a session on every SuperNode, and watch it to its end.

    The server runs `aggregator.sh` and `superlink.sh`, and `register.sh` has let the SuperNodes in; each site runs
    `supernode.sh`. What Flower keeps to itself is said here: a run that failed, or was stopped, is an error. Ctrl-C
    leaves the run alone.

    Examples:
        fedkd deploy start kits
        fedkd deploy start kits --detach
    """
    from fedkd.operating import follow, start_run

    try:
        run = start_run(kits)
        typer.echo(f"run {run} begins; fedkd deploy status {kits} says who is there, fedkd deploy stop {kits} ends it")
        if not detach:
            follow(kits, typer.echo)
    except KeyboardInterrupt:
        typer.echo("no longer watched; the run goes on", err=True)
        raise typer.Exit(INTERRUPTED) from None
