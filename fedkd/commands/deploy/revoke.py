"""`fedkd deploy revoke`: shut a site out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def revoke(
    kits: Annotated[Path, typer.Argument(help="The administrator's folder, or the aggregator's own kit.")],
    site: Annotated[str, typer.Argument(help="Its name.")],
) -> None:
    """Let a site in no more: an aggregator that reads this list refuses it at its next call.

    Examples:
        fedkd deploy revoke kits clinic-b
    """
    from fedkd.kits import revoke as shut_out

    listed = shut_out(kits, site)
    typer.echo(f"{site} is revoked in {listed}")
    typer.echo("if the aggregator runs elsewhere, copy that file into its kit, or run this command there")
    typer.echo(f"with Flower, in the aggregator's kit on the server: ./unregister.sh {site}")
