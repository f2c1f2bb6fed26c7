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
    superlink: Annotated[int, typer.Option(min=1, max=65535, help="Port of Flower's SuperLink there.")] = 8000,
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
    from fedkd.kits import TEST, Blueprint, Ports
    from fedkd.loading import load_data, make_parts
    from fedkd.rehearsal import entries
    from fedkd.rehearsal import rehearse as write_kits

    scenario = compose(overrides or [])
    data = load_data(scenario)
    parts, agreed = make_parts(scenario, data), Agreed(scenario, data.public, data.classes)
    ports = Ports(port, superlink)
    blueprint = Blueprint("rehearsal", host, entries(parts), ports, listen, days=days, test=TEST)
    done = write_kits(out, blueprint, agreed, parts)
    typer.echo(f"written to {out}: aggregator, {len(parts.names)} sites, admin, authority")
    if done.kept:
        typer.echo(f"{len(done.kept)} certificates were good and are kept")
    typer.echo(f"next: fedkd aggregator {out / 'aggregator'}, and fedkd site {out / parts.names[0]} and so on")
