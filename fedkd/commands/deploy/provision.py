"""`fedkd deploy provision`: kits for real machines and real data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from fedkd.kits import Provisioned


def provision(
    federation: Annotated[Path, typer.Argument(help="What the federation is made of, see docs/deploy.md.")],
    out: Annotated[Path, typer.Option(help="Where the kits go.")] = Path("kits"),
) -> None:
    """Write a kit for the server and one for each site: certificates, keys, scenario, public set, start scripts.

    Nothing of a site's data is read or copied. Run again after a site was added to the file, it keeps the authority
    and all certificates that are good. OUT/authority and OUT/admin stay with the administrator; the other folders go
    to their machines, where `fedkd doctor` says whether all is well.

    Examples:
        fedkd deploy provision federation.yaml --out kits
    """
    from fedkd.kits import agree, read_blueprint
    from fedkd.kits import provision as write_kits

    blueprint = read_blueprint(federation)
    agreed, reading = agree(blueprint, federation.parent)
    _tell(out, write_kits(out, blueprint, agreed, reading))


def _tell(out: Path, done: Provisioned) -> None:
    typer.echo(f"written to {out}: aggregator, {len(done.kept) + len(done.issued)} sites, admin, authority")
    if done.kept:
        typer.echo(f"certificates kept: {', '.join(done.kept)}")
    if done.issued:
        typer.echo(f"certificates issued: {', '.join(done.issued)}")
    if done.changed:
        typer.echo("what all agree on has changed: copy every kit again, and begin with empty state folders")
    if done.revoked:
        typer.echo(f"still revoked: {', '.join(done.revoked)}; fedkd deploy rotate {out} SITE --readmit lets one in")
    if done.orphaned:
        typer.echo(f"no longer in the file: {', '.join(done.orphaned)}; fedkd deploy revoke {out} SITE shuts one out")
    typer.echo(
        f"next: copy {out / 'aggregator'} to the server and each site's folder to its machine; fedkd doctor there"
    )
