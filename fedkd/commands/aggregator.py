"""`fedkd aggregator`: serve a federation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fedkd.commands.simulate import INTERRUPTED


def aggregator(
    kit: Annotated[Path, typer.Argument(help="The aggregator's kit, as `fedkd deploy provision` writes it.")],
    metrics: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Serve Prometheus there, such as 127.0.0.1:9464.")
    ] = None,
) -> None:
    """Serve a federation over gRPC until it is over.

    Everything that it accepted lies in the kit's folder `state` before a site is told so. Started again after a crash,
    a kill or Ctrl-C, it goes on in the round where it was. A federation that was aborted stays so: the exit code is 68.

    Examples:
        fedkd aggregator kits/aggregator
    """
    try:
        # torch takes seconds to import; --help does not need it.
        from fedkd.errors import AbortedError
        from fedkd.serving import serve_kit

        desk = serve_kit(kit, lambda port: typer.echo(f"listening at port {port}"), metrics)
    except KeyboardInterrupt:
        typer.echo("interrupted; the same command goes on where it was", err=True)
        raise typer.Exit(INTERRUPTED) from None
    reason = f": {desk.ledger.facts.reason}" if desk.ledger.facts.reason else ""
    typer.echo(f"{desk.phase} after round {desk.closed}{reason}")
    if reason:
        raise typer.Exit(AbortedError.code)
