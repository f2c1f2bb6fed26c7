"""`fedkd site`: take part in a federation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fedkd.commands.simulate import INTERRUPTED


def site(
    kit: Annotated[Path, typer.Argument(help="The site's kit, as `fedkd deploy provision` writes it.")],
    epoch: Annotated[int, typer.Option(min=1, help="A higher one fences whatever else runs for this site.")] = 1,
    give_up: Annotated[float, typer.Option(min=1.0, help="Seconds without an answer after which it ends.")] = 900.0,
) -> None:
    """Search a network for this machine, train on this machine's data, and exchange knowledge until all is over.

    Data, network and weights stay in the kit's folder. Started again after a crash, a kill or Ctrl-C, it goes on with
    what it had.

    Examples:
        fedkd site kits/site-00
    """
    try:
        # torch takes seconds to import; --help does not need it.
        from fedkd.runtime.deploy import Patience
        from fedkd.serving import run_site

        round_ = run_site(kit, epoch, Patience(give_up_s=give_up), typer.echo)
    except KeyboardInterrupt:
        typer.echo("interrupted; the same command goes on with what it had", err=True)
        raise typer.Exit(INTERRUPTED) from None
    typer.echo(f"done after round {round_}")
