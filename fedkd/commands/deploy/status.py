"""`fedkd deploy status`: where a federation stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def status(
    kits: Annotated[Path, typer.Argument(help="The administrator's folder of kits.")] = Path("kits"),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Ask the aggregator for the open round, and for every site whether it is there.

    Examples:
        fedkd deploy status kits
    """
    from rich.console import Console
    from rich.table import Table

    from fedkd.kits import ADMIN, aggregator_address
    from fedkd.serving import dial
    from fedkd.wire.v1 import aggregator_pb2 as pb

    client = dial(kits / ADMIN, aggregator_address(kits))
    reply = client.status()
    phase = pb.Standing.Phase.Name(reply.standing.phase).removeprefix("PHASE_").lower()
    members = [
        {"site": m.site, "here": m.live, "spoke": bool(m.contributed), "epoch": m.epoch, "network": m.network}
        for m in reply.members
    ]
    if as_json:
        typer.echo(
            json.dumps({"phase": phase, "round": reply.standing.round, "rounds": reply.rounds, "sites": members})
        )
        return
    table = Table(title=f"{phase}, round {reply.standing.round} of {reply.rounds}")
    for head in ("site", "here", "spoke", "epoch", "network"):
        table.add_column(head)
    for member in members:
        table.add_row(*(str(member[head]) for head in ("site", "here", "spoke", "epoch", "network")))
    Console().print(table)
