"""`fedkd deploy rotate`: a new certificate for a site."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def rotate(
    kits: Annotated[Path, typer.Argument(help="The administrator's folder of kits.")],
    site: Annotated[str, typer.Argument(help="Its name.")],
    days: Annotated[int, typer.Option(min=1, help="How long the new one is valid.")] = 90,
    readmit: Annotated[bool, typer.Option("--readmit", help="Let a revoked site in again.")] = False,
    node_key: Annotated[bool, typer.Option("--node-key", help="A new key for its SuperNode, too.")] = False,
) -> None:
    """Give a site a new certificate; the old one is revoked with it.

    A site that runs goes on until its next call, is refused there, and reads the new one when it is started again;
    a unit of systemd does that by itself.

    Examples:
        fedkd deploy rotate kits clinic-b
    """
    from fedkd.kits import rotate as renew

    listed = renew(kits, site, days, readmit, node_key)
    typer.echo(f"{site} has a new certificate for {days} days; the old one is revoked")
    typer.echo(f"copy {kits / site}/key.pem and certificate.pem into its kit, and start it again")
    typer.echo(f"if the aggregator runs elsewhere, copy {listed} into its kit")
    if node_key:
        typer.echo(
            f"copy {kits / site}/supernode.key, too; with Flower, ./unregister.sh {site} and ./register.sh there"
        )
