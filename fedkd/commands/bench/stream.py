"""`fedkd bench stream`: what a large Knowledge costs on its way to an aggregator."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated

import typer


def stream(
    size: Annotated[float, typer.Option(min=4000, help="Bytes of the numbers, such as 1e9.")] = 1e9,
    repeats: Annotated[int, typer.Option(min=1, help="Pushes; all stay in the aggregator's memory.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Push one Knowledge of float32 numbers from a site to an aggregator, beside a bare gRPC stream of the same chunks.

    Without TLS and with it. The aggregator is a process of its own; it assembles, checks and decodes the message, and
    keeps it on its disk before it says so, which is timed apart.

    Examples:
        fedkd bench stream
        fedkd bench stream --size 1e8 --json
    """
    from rich.console import Console
    from rich.table import Table

    from fedkd.bench.stream import stream_cost

    costs = [stream_cost(size, tls, repeats) for tls in (False, True)]
    if as_json:
        typer.echo(json.dumps([{**dataclasses.asdict(cost), "share": cost.share} for cost in costs]))
        return
    table = Table(title=f"one Knowledge of {costs[0].tensor / 1e6:.0f} MB")
    for head in ("TLS", "bare MB/s", "ours MB/s", "share", "with its disk MB/s", "encode s", "extra peak MB"):
        table.add_column(head, justify="left" if head == "TLS" else "right")
    for cost in costs:
        speeds = [cost.size / seconds / 1e6 for seconds in (cost.bare_s, cost.push_s, cost.push_s + cost.keep_s)]
        table.add_row(
            "on" if cost.tls else "off",
            f"{speeds[0]:.0f}",
            f"{speeds[1]:.0f}",
            f"{cost.share:.0%}",
            f"{speeds[2]:.0f}",
            f"{cost.encode_s:.2f}",
            f"{(cost.peak - cost.tensor) / 1e6:.0f}",
        )
    Console().print(table)
