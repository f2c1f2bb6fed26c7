"""`fedkd bench crowd`: what an aggregator does for a thousand sites."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated

import typer


def crowd(
    sites: Annotated[int, typer.Option(min=2, help="Sites.")] = 1000,
    samples: Annotated[int, typer.Option(min=1, help="Public samples.")] = 5000,
    classes: Annotated[int, typer.Option(min=2, help="Classes.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Let many sites push int8 tables to one aggregator over gRPC, and time how it fuses them.

    The aggregator is real: each push is decoded, checked and on its disk before it is answered. The sites share a few
    processes and connections, and do not train.

    Examples:
        fedkd bench crowd
        fedkd bench crowd --sites 100 --json
    """
    from fedkd.bench.crowd import crowd_cost, fuse_cost

    cost, fused = crowd_cost(sites, samples, classes), fuse_cost(sites, samples, classes)
    if as_json:
        typer.echo(json.dumps({"crowd": dataclasses.asdict(cost), "fuse": fused}))
        return
    typer.echo(f"{sites} sites join and enrol in {cost.joined_s:.1f} s")
    typer.echo(
        f"{sites} pushes of {cost.bytes_up / 1000:.1f} kB: {cost.pushes_per_s:.0f} a second, "
        f"median {cost.median_ms:.0f} ms, p99 {cost.p99_ms:.0f} ms"
    )
    typer.echo(f"the round is closed, and told to all sites, in {cost.closed_s:.1f} s")
    for name, seconds in fused.items():
        typer.echo(f"fusing {sites} tables of {samples} x {classes} by the {name}: {seconds:.2f} s")
