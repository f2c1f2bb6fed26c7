"""`fedkd compare`: arms over seeds, one table."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer


def compare(
    name: Annotated[str, typer.Argument(help="A file below scenarios/compare/, or a path to a YAML file.")],
    overrides: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Overrides of all arms.", show_default=False)
    ] = None,
    folder: Annotated[Path | None, typer.Option("--dir", help="Where runs go.  [default: runs/NAME]")] = None,
    processes: Annotated[int, typer.Option(help="Runs at a time; 0 means one a core.")] = 0,
    sort: Annotated[str | None, typer.Option(help="Sort arms by a figure, such as validation_accuracy.")] = None,
) -> None:
    """Run arms over seeds and print mean and spread. Interrupted, the same command goes on where it was.

    Examples:
        fedkd compare mnist5k

        fedkd compare mnist5k partition.alpha=1 --dir runs/mnist5k-dir1

        fedkd compare tune_fedavg --sort validation_accuracy
    """
    # torch takes seconds to import; --help does not need it.
    from rich.console import Console
    from rich.progress import Progress

    from fedkd.compare import compare as run_comparison
    from fedkd.comparison import load, markdown, table

    comparison = load(name, tuple(overrides or ()))
    place = folder or Path("runs") / Path(name).stem
    console = Console()
    with Progress(console=console) as progress:
        task = progress.add_task("runs", total=None)
        results, diverged = run_comparison(
            comparison,
            place,
            processes or len(os.sched_getaffinity(0)),
            lambda run, done, total: progress.update(task, description=run, completed=done, total=total),
        )
    if sort:
        results.sort(key=lambda r: -(r.figure(sort) or (0.0,))[0])
    console.print(table(results))
    for run, cause in diverged.items():
        console.print(f"{run} diverged: {cause}", soft_wrap=True)
    (place / "table.md").write_text(markdown(results))
    console.print(f"written to {place / 'table.md'}", soft_wrap=True)
