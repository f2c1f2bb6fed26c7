"""`fedkd simulate`: run a federation in this machine's processes."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

Overrides = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[KEY=VALUE]...",
        help="Choices and values, such as method=fedavg or partition.alpha=1; resume=RUN continues a run.",
        show_default=False,
    ),
]


def simulate(
    overrides: Overrides = None,
    config: Annotated[str, typer.Option(help="A configuration below scenarios/.")] = "federated/default",
    config_dir: Annotated[
        Path | None, typer.Option(help="A folder of your own configurations, laid out like scenarios/.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Print the composed scenario and stop.")] = False,
) -> None:
    """Simulate a federation on real data, with live progress and a run directory at the end.

    Without arguments: FedKDNAS with hand-down on MNIST-5k, 20 sites, Dirichlet 0.1, three classes of devices,
    searched networks, 12 rounds.

    Examples:
        fedkd simulate

        fedkd simulate method=fedmd partition=iid seed=1

        fedkd simulate method=fedavg search=fixed device=unlimited federation.rounds=60

        fedkd simulate data=fashion_mnist federation.sites=10 run.dir=runs/fashion

        fedkd simulate resume=runs/fashion

    `fedkd axes` lists every axis and its choices. Ctrl-C leaves a run that resume=RUN continues bit for bit.
    """
    # torch and hydra take seconds to import; --help needs neither.
    from fedkd.compose import compose, dump
    from fedkd.progress import Live, Quiet
    from fedkd.rundir import run_directory
    from fedkd.simulate import resume as resume_run
    from fedkd.simulate import simulate as simulate_scenario

    given = list(overrides or [])
    path = _taken(given, "resume")
    watcher = Quiet() if as_json else Live()
    if path is None:
        scenario = compose(given, config, config_dir)
        if show:
            typer.echo(dump(scenario))
            return
        path = run_directory(scenario)
        run = partial(simulate_scenario, scenario, path, watcher)
    else:
        _refuse_changes(given)
        run = partial(resume_run, path, watcher)
    try:
        with watcher:
            result = run()
    except KeyboardInterrupt:
        watcher.interrupted(path)
        sys.exit(130)
    if as_json:
        typer.echo(json.dumps(dict(result.summary)))
    else:
        watcher.finished(result)


def _taken(given: list[str], key: str) -> Path | None:
    """Take `key=PATH` out of the overrides."""
    found = [item for item in given if item.startswith(f"{key}=")]
    for item in found:
        given.remove(item)
    return Path(found[-1].partition("=")[2]) if found else None


def _refuse_changes(given: list[str]) -> None:
    from fedkd.errors import ResumeMismatchError

    if given:
        raise ResumeMismatchError(
            f"a resumed run is what it was when it began, so {', '.join(given)} cannot be changed",
            "drop these overrides, or start a new run with them",
        )
