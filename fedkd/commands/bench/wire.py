"""`fedkd bench wire`: what codecs and rounds of knowledge cost."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated

import typer

from fedkd.errors import OutOfRangeError


def wire(
    samples: Annotated[int, typer.Option(min=1, help="Public samples.")] = 5000,
    classes: Annotated[int, typer.Option(min=2, help="Classes.")] = 10,
    sites: Annotated[int, typer.Option(min=1, help="Sites, each a process.")] = 4,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds that are timed.")] = 200,
    repeats: Annotated[int, typer.Option(min=1, help="Times that each codec is tried.")] = 20,
    serve: Annotated[str, typer.Option(help="HOST:PORT to serve rounds at, to sites that are started apart.")] = "",
    site: Annotated[int, typer.Option(min=-1, help="Number of the one site to be; with --dial.")] = -1,
    dial: Annotated[str, typer.Option(help="HOST:PORT where --serve listens.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Time codecs on a table of soft labels, and whole rounds over gRPC on this machine, without training.

    The aggregator keeps what it accepts on disk, checks it, and fuses int8 tables by their mean; a round is timed from
    the first push to the last site's answer. No TLS: certificates cost at the start of a connection, not in a round.

    With --serve and --site the ends are commands of their own, for instance in network namespaces of one machine. Both
    need the same --rounds, --samples and --classes. A site prints when its rounds began and ended as JSON, in seconds
    of the monotonic clock, which all namespaces of a machine share.

    Examples:
        fedkd bench wire
        fedkd bench wire --sites 2 --rounds 1000
        fedkd bench wire --serve 10.0.0.1:7000 --sites 2
        fedkd bench wire --site 0 --dial 10.0.0.1:7000
    """
    if bool(dial) != (site >= 0) or (serve and dial):
        what = f"--serve '{serve}', --site {site} and --dial '{dial}' make no end of a wire"
        raise OutOfRangeError(what, "give --serve alone, or --site and --dial")
    if serve:
        from fedkd.bench.rounds import serve_rounds

        host = serve.rpartition(":")[0]
        serve_rounds(serve, sites, rounds, samples, classes, lambda port: typer.echo(f"listening at {host}:{port}"))
        return
    if dial:
        from fedkd.bench.rounds import play, site_name

        typer.echo(json.dumps(dataclasses.asdict(play(dial, site_name(site), rounds, samples, classes))))
        return
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
    for head in ("codec", "kB", "encode ms", "decode ms", "transfer ms"):
        table.add_column(head, justify="left" if head == "codec" else "right")
    for c in costs:
        table.add_row(
            c.name, f"{c.size / 1000:.1f}", f"{c.encode_ms:.2f}", f"{c.decode_ms:.2f}", f"{c.transfer_ms:.2f}"
        )
    console = Console()
    console.print(table)
    console.print(
        f"a round of {sites} sites with {cost.bytes_up / 1000:.1f} kB each: median {cost.median_ms:.1f} ms, "
        f"p99 {cost.p99_ms:.1f} ms over {cost.rounds} rounds",
        soft_wrap=True,
    )
