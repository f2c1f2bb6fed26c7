"""`fedkd bench wire`: what codecs and rounds of knowledge cost."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated

import typer


def wire(
    samples: Annotated[int, typer.Option(min=1, help="Public samples.")] = 5000,
    classes: Annotated[int, typer.Option(min=2, help="Classes.")] = 10,
    sites: Annotated[int, typer.Option(min=1, help="Sites, each a process.")] = 4,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds that are timed.")] = 200,
    repeats: Annotated[int, typer.Option(min=1, help="Times that each codec is tried.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Time codecs on a table of soft labels, and whole rounds over gRPC on this machine, without training.

    The aggregator keeps what it accepts on disk, checks it, and fuses int8 tables by their mean; a round is timed from
    the first push to the last site's answer. No TLS: certificates cost at the start of a connection, not in a round.

    Examples:
        fedkd bench wire
        fedkd bench wire --sites 2 --rounds 1000
    """
    from rich.console import Console
    from rich.table import Table

    from fedkd.bench.codecs import codec_costs
    from fedkd.bench.rounds import round_cost

    costs = codec_costs(samples, classes, repeats)
    cost = round_cost(sites, rounds, samples, classes)
    if as_json:
        codecs = [dataclasses.asdict(c) for c in costs]
        typer.echo(json.dumps({"codecs": codecs, "round": dataclasses.asdict(cost)}))
        return
    table = Table(title=f"soft labels of {samples} samples and {classes} classes")
    for head in ("codec", "kB", "encode ms", "decode ms"):
        table.add_column(head, justify="left" if head == "codec" else "right")
    for c in costs:
        table.add_row(c.name, f"{c.size / 1000:.1f}", f"{c.encode_ms:.2f}", f"{c.decode_ms:.2f}")
    console = Console()
    console.print(table)
    console.print(
        f"a round of {sites} sites with {cost.bytes_up / 1000:.1f} kB each: median {cost.median_ms:.1f} ms, "
        f"p99 {cost.p99_ms:.1f} ms over {cost.rounds} rounds",
        soft_wrap=True,
    )
