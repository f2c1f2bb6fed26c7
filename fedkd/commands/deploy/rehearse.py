"""`fedkd deploy rehearse`: kits with the data of a simulation, to try a deployment before there are real data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def rehearse(
    overrides: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="As of fedkd simulate.", show_default=False)
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the kits go.")] = Path("kits"),
    host: Annotated[str, typer.Option(help="Name or address of the aggregator, as sites dial it.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Its port.")] = 8090,
    listen: Annotated[str, typer.Option(help="Address that it listens at, on its own machine.")] = "127.0.0.1",
    days: Annotated[int, typer.Option(min=1, help="How long certificates are valid.")] = 90,
) -> None:
    """Write a kit for the aggregator and one for each site of a scenario, each with its part of the data.

    Start `fedkd aggregator` and one `fedkd site` a kit, here or on other machines: every message is that of
    `fedkd simulate` with the same overrides and runtime.cohort=1.

    Examples:
        fedkd deploy rehearse federation.sites=4 federation.rounds=4 runtime.cohort=1 --out kits
        fedkd aggregator kits/aggregator
        fedkd site kits/site-00
    """
    from fedkd.composition import compose
    from fedkd.deployment import Agreed
    from fedkd.kits import DATA, Address, provision, write_data
    from fedkd.runtime.deploy import Rules
    from fedkd.simulation import parts_of

    scenario = compose(overrides or [])
    parts = parts_of(scenario)
    agreed = Agreed(scenario, parts.data.public, parts.data.classes)
    devices = dict(zip(parts.names, parts.fleet(), strict=True))
    provision(out, agreed, devices, Address(host, port, listen), Rules(), days)
    for name, data in zip(parts.names, parts.data.sites, strict=True):
        write_data(out / name / DATA, data)
    typer.echo(f"written to {out}: aggregator, {len(devices)} sites, admin, authority")
    typer.echo(f"next: fedkd aggregator {out / 'aggregator'}, and fedkd site {out / parts.names[0]} and so on")
