"""`fedkd simulate`: run a federation in this machine's processes."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fedkd.choices import DEFAULT, axes
from fedkd.commands.completion import complete_configuration, complete_override
from fedkd.errors import OverrideError, ResumeMismatchError
from fedkd.runtime.forks import warm_up

if TYPE_CHECKING:
    from fedkd.progress import Quiet
    from fedkd.simulation import Result

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 and the number of the signal, as shells have it."""

ALONE = "runtime.processes=1"

Overrides = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[KEY=VALUE]...",
        help="AXIS=CHOICE, AXIS.KEY=VALUE, seed=N, run.dir=PATH, or resume=RUN.",
        show_default=False,
        autocompletion=complete_override,
    ),
]
Config = Annotated[
    str | None,
    typer.Option(
        help=f"A whole configuration below scenarios/ or --config-dir; {DEFAULT} if left out.",
        autocompletion=complete_configuration,
    ),
]
ConfigDir = Annotated[
    Path | None,
    typer.Option(help="A folder of your own configurations, laid out like scenarios/; they go before ours."),
]


def simulate(
    overrides: Overrides = None,
    config: Config = None,
    config_dir: ConfigDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Print the composed scenario and stop.")] = False,
) -> None:
    """Simulate a federation on real data, with live progress and a run directory at the end.

    Without arguments: FedKDNAS with hand-down on MNIST-5k, 20 sites, Dirichlet 0.1, three classes of devices,
    searched networks, 12 rounds.

    Overrides are AXIS=CHOICE, AXIS.KEY=VALUE, seed=N, federation.rounds=N, run.dir=PATH and so on; --show prints all
    keys. Ctrl-C leaves a run that resume=RUN continues bit for bit.

    Examples:
        fedkd simulate
        fedkd simulate method=fedmd partition=iid seed=1
        fedkd simulate method=fedavg search=fixed device=unlimited
        fedkd simulate data=fashion_mnist federation.sites=10 run.dir=runs/fashion
        fedkd simulate resume=runs/fashion
        fedkd simulate data=digits federation.rounds=3 --json
    """
    given = list(overrides or [])
    try:
        resumed = _taken(given)
        if resumed is None:
            _start(given, config or DEFAULT, config_dir, as_json, show)
        else:
            _refuse_changes([*given, *(["--config"] if config else []), *(["--config-dir"] if config_dir else [])])
            _resume(resumed, as_json, show)
    except KeyboardInterrupt:
        # While the libraries load, before there is a run.
        typer.echo("interrupted before the run began; nothing was written", err=True)
        raise typer.Exit(INTERRUPTED) from None


# Listed from the files, so that help never lags behind them.
simulate.__doc__ = "\n".join(
    [
        inspect.cleandoc(simulate.__doc__ or ""),
        "\nAxes and choices:",
        *(f"{axis}: {', '.join(choices)}" for axis, choices in axes().items()),
    ]
)


def _start(given: Sequence[str], config: str, config_dir: Path | None, as_json: bool, show: bool) -> None:
    if not show and ALONE not in given:
        # Workers import torch in one process while this one does, whatever the scenario turns out to need.
        warm_up()
    # torch and hydra take seconds to import; --help needs neither.
    from fedkd.composition import compose, dump
    from fedkd.rundir import run_directory
    from fedkd.simulation import simulate as simulate_scenario

    scenario = compose(given, config, config_dir)
    if show:
        typer.echo(dump(scenario))
        return
    path = run_directory(scenario)
    _run(partial(simulate_scenario, scenario, path), path, as_json)


def _resume(path: Path, as_json: bool, show: bool) -> None:
    from fedkd.record import Run
    from fedkd.simulation import resume

    if show:
        typer.echo(Run.open(path).config)
        return
    _run(partial(resume, path), path, as_json)


def _run(work: Callable[[Quiet], Result], path: Path, as_json: bool) -> None:
    from fedkd.progress import Live, Quiet
    from fedkd.record import is_run

    watcher = Quiet() if as_json else Live()
    try:
        with watcher:
            result = work(watcher)
    except KeyboardInterrupt:
        if not is_run(path):
            raise
        watcher.interrupted(path)
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        typer.echo(json.dumps(dict(result.summary)))
    else:
        watcher.finished(result)


def _taken(given: list[str]) -> Path | None:
    """Take `resume=PATH` out of the overrides."""
    found = [item for item in given if item.startswith("resume=")]
    if len(found) > 1:
        raise OverrideError(f"{' and '.join(found)} name several runs", "resume one at a time")
    for item in found:
        given.remove(item)
    return Path(found[0].partition("=")[2]) if found else None


def _refuse_changes(given: Sequence[str]) -> None:
    if given:
        raise ResumeMismatchError(
            f"a resumed run is what it was when it began, so {', '.join(given)} cannot be changed",
            "drop these, or start a new run with them",
        )
