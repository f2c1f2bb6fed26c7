"""`fedkd bench federated`: speed and memory of federations, beside other frameworks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fedkd.errors import MissingExtraError, OutOfRangeError, UnknownChoiceError

if TYPE_CHECKING:
    from rich.console import Console

NOBODY = "none"


def federated(
    sites: Annotated[str, typer.Option(help="Numbers of sites, separated by commas.")] = "10,100,1000",
    rounds: Annotated[int, typer.Option(help="Rounds of each run, at least 2.")] = 5,
    rivals: Annotated[str, typer.Option(help="Frameworks to stand beside, or none.")] = "flower,blazefl",
    work: Annotated[str, typer.Option(help="Local work: training (20 steps), trivial (one sample), or both.")] = "both",
    repeats: Annotated[int, typer.Option(help="Runs of each rival; ours runs before and after each.")] = 1,
    processes: Annotated[int, typer.Option(help="Worker processes of each framework; 0 means one a core.")] = 0,
    install: Annotated[bool, typer.Option("--install", help="Make the rivals' environments first.")] = False,
    cache: Annotated[
        Path | None, typer.Option(help="Where environments are kept.  [default: ~/.cache/fedkd/bench]")
    ] = None,
    explain: Annotated[bool, typer.Option(help="Profile one more run of ours and say where a round goes.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print all figures as JSON and nothing else.")] = False,
) -> None:
    """Measure client updates per second and peak memory, beside Flower's simulation and BlazeFL, as ratios.

    The same FedAvg everywhere: the small CNN, the same digits at the same sites, the same batches, the same first
    weights, one torch thread a process. Ours is the whole of fedkd simulate. Each framework is a program that is
    watched from outside. The rivals live in virtual environments that --install makes once.

    Examples:
        fedkd bench federated --install
        fedkd bench federated --sites 100 --work training --repeats 3
        fedkd bench federated --sites 10 --rivals none --json
    """
    # torch takes seconds to import; --help does not need it.
    from rich.console import Console

    from fedkd.bench.comparison import Plan, compare
    from fedkd.bench.promises import verdicts
    from fedkd.bench.table import plain, print_cells
    from fedkd.bench.workload import training, trivial
    from fedkd.runtime.cores import cores

    numbers, makers = _numbers(sites), {"training": training, "trivial": trivial}
    chosen = list(makers) if work == "both" else [work]
    if unknown := [name for name in chosen if name not in makers]:
        raise UnknownChoiceError(f"there is no work '{unknown[0]}'", "choose training, trivial or both")
    if rounds < 2 or repeats < 1 or processes < 0:
        raise OutOfRangeError(
            f"--rounds {rounds}, --repeats {repeats} and --processes {processes} cannot be measured",
            "give at least 2 rounds, 1 repeat and 0 processes",
        )
    console = Console(stderr=as_json)
    notes: list[str] = []
    interpreters = _interpreters(rivals, install, cache, console, notes)
    plan = Plan(interpreters, processes or cores(), repeats)
    cells = []
    with console.status("starting") as status:
        for name in chosen:
            for number in numbers:
                where = f"{name} work, {number} sites"
                workload = makers[name](number, rounds)
                cell = compare(workload, plan, lambda now, at=where: status.update(f"{at}: {now}"), explain)  # type: ignore[misc]
                cells.append(cell)
                console.print(f"[dim]{where}: done[/]")
    found = verdicts(cells)
    if as_json:
        typer.echo(json.dumps(plain(cells, found, notes)))
    else:
        print_cells(console, cells, found)


def _numbers(text: str) -> list[int]:
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        numbers = [0]
    if min(numbers) < 2:
        raise OutOfRangeError(f"--sites {text} is no list of numbers from 2", "write it like --sites 10,100,1000")
    return numbers


def _interpreters(text: str, install: bool, cache: Path | None, console: Console, notes: list[str]) -> dict[str, Path]:
    """The Python of every rival that can run here; a note on those that cannot."""
    from fedkd.bench.environment import RIVALS, cache_folder

    place, made = cache or cache_folder(), {}
    for name in [] if text == NOBODY else text.split(","):
        if name not in RIVALS:
            raise UnknownChoiceError(f"there is no rival '{name}'", f"choose among {', '.join(RIVALS)}, or {NOBODY}")
        rival = RIVALS[name]
        python = rival.interpreter(place)
        if python is None and rival.base() is None:
            versions = " or ".join(f"{major}.{minor}" for major, minor in rival.pythons)
            notes.append(f"{name} is left out: it needs Python {versions}, and none is found")
            console.print(notes[-1])
            continue
        if python is None and not install:
            raise MissingExtraError(
                f"{name} has no environment in '{place}'",
                f"make it with --install (about 1.5 GB, some minutes), or leave it out with --rivals {NOBODY}",
            )
        if python is None:
            with console.status(f"installing {name}"):
                python = rival.install(place)
        made[name] = python
    return made
