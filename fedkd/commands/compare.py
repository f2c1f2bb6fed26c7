"""`fedkd compare`: arms over seeds, tables and plots."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fedkd.commands.simulate import INTERRUPTED

if TYPE_CHECKING:
    from rich.console import Console

    from fedkd.comparison import Comparison, Ended, Panel

WIDE = 200
"""Columns of a table that goes to no terminal."""


def compare(
    name: Annotated[str, typer.Argument(help="A file below scenarios/compare/, or a path to a YAML file.")],
    overrides: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Overrides of all arms.", show_default=False)
    ] = None,
    folder: Annotated[Path | None, typer.Option("--dir", help="Where runs go; runs/NAME if left out.")] = None,
    processes: Annotated[int, typer.Option(min=0, help="Runs at a time; 0 means one a core.")] = 0,
    sort: Annotated[str | None, typer.Option(help="Sort arms by a figure, such as validation_accuracy.")] = None,
    against: Annotated[
        str | None,
        typer.Option(help="The arm to subtract by seed; the file's `reference`, or else its first, if left out."),
    ] = None,
    target: Annotated[float | None, typer.Option(help="Count bytes up to this accuracy, such as 0.90.")] = None,
    gather: Annotated[bool, typer.Option("--gather", help="Run nothing, show what has finished.")] = False,
) -> None:
    """Run arms over seeds and show means with standard errors, paired differences, the Pareto front, and plots.

    Finished runs are kept: after Ctrl-C or a failure the same command goes on where it was. A run that diverges is
    a result; one that fails for another reason is listed at the end, and the first decides the exit code.

    Examples:
        fedkd compare mnist5k --target 0.90

        fedkd compare mnist5k partition.alpha=1 --dir runs/mnist5k-dir1 --against fedavg

        fedkd compare tune_fedavg --sort validation_accuracy
    """
    try:
        # torch takes seconds to import; --help does not need it.
        from rich.console import Console

        from fedkd.comparison import Ended, load, write
        from fedkd.comparison import gather as gather_runs

        comparison = load(name, tuple(overrides or ()), against, target)
        place = folder or Path("runs") / Path(name).stem
        console = Console(highlight=False)
        if not console.is_terminal:
            console = Console(highlight=False, width=WIDE)
        ended = Ended({}, ()) if gather else _run(console, comparison, place, processes)
        panels = gather_runs(comparison, place, sort)
        written = write(place, comparison, panels, ended)
    except KeyboardInterrupt:
        typer.echo("\ninterrupted; finished runs are kept, and the same command goes on with the others", err=True)
        raise typer.Exit(INTERRUPTED) from None
    _show(console, panels, ended)
    console.print(f"written: {', '.join(p.name for p in written)} in {place}", soft_wrap=True, markup=False)
    if ended.failed:
        raise typer.Exit(ended.failed[0].code)


def _run(console: Console, comparison: Comparison, folder: Path, processes: int) -> Ended:
    from fedkd.comparison import run_missing
    from fedkd.comparison.watching import Live
    from fedkd.runtime.cores import cores

    with Live(console) as live:
        return run_missing(comparison, folder, processes or cores(), live.told)


def _show(console: Console, panels: Sequence[Panel], ended: Ended) -> None:
    from rich.markup import escape

    from fedkd.comparison.printing import table
    from fedkd.comparison.sheets import NOTE, sheets

    for panel in panels:
        for sheet in sheets(panel):
            console.print(table(sheet))
            if sheet.note:
                console.print(f"[dim]{escape(sheet.note)}[/]\n")
    console.print(f"[dim]{NOTE}[/]")
    for run, cause in ended.diverged.items():
        console.print(f"{run} diverged: {cause}", soft_wrap=True, markup=False)
    for failure in ended.failed:
        console.print(f"{failure.name} failed: {failure.what}", soft_wrap=True, markup=False, style="red")
