"""`fedkd bench distillation`: first proofs of the parts of distillation."""

from __future__ import annotations

import json
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from fedkd.proofs import Proof, Results


class Which(StrEnum):
    """The proofs that can be asked for."""

    CIST = "cist"
    TREE = "tree"
    GRAMMAR = "grammar"
    ALL = "all"


def distillation(
    which: Annotated[Which, typer.Argument(help="Which proof to repeat.")] = Which.ALL,
    seeds: Annotated[int, typer.Option(min=2, help="Seeds, from 0.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON and nothing else.")] = False,
) -> None:
    """Repeat small experiments on distillation: one table each, and whether its claims held.

    cist: a temperature for each sample against one for all, on MNIST-5k. tree: a decision tree taught by a network,
    and a network taught by a forest, on digits. grammar: soft labels, hard ones and mixtures, for students that then
    speak on their own.

    Examples:
        fedkd bench distillation
        fedkd bench distillation tree --seeds 20
        fedkd bench distillation cist --json
    """
    # torch takes seconds to import; --help does not need it.
    from rich.console import Console

    from fedkd.proofs import BridgeProof, CistProof, TreeProof
    from fedkd.proofs.tables import plain, table

    known: dict[Which, Proof] = {Which.CIST: CistProof(), Which.TREE: TreeProof(), Which.GRAMMAR: BridgeProof()}
    chosen = {name: proof for name, proof in known.items() if which in (name, Which.ALL)}
    measured = _measure(chosen, seeds)
    if as_json:
        typer.echo(json.dumps({name: plain(chosen[name], found) for name, found in measured.items()}, indent=2))
        return
    console = Console()
    for name, found in measured.items():
        console.print(table(chosen[name], found))
        for claim in chosen[name].claims(found):
            console.print(claim.sentence, soft_wrap=True, markup=False, highlight=False)
        console.print()


def _advance(progress: Progress, task: TaskID, done: int) -> None:
    progress.update(task, completed=done)


def _measure(chosen: dict[Which, Proof], seeds: int) -> dict[Which, Results]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from fedkd.proofs import run

    # On standard error, so that standard output holds the figures and nothing else.
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        tasks = {name: progress.add_task(f"{name}, seeds", total=seeds, start=False) for name in chosen}
        measured = {}
        for name, proof in chosen.items():
            progress.start_task(tasks[name])
            measured[name] = run(proof, range(seeds), partial(_advance, progress, tasks[name]))
    return measured
