"""What a person sees while a run goes on, and when it is over."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from fedkd.federation import RoundReport
from fedkd.search import Selection
from fedkd.simulation import Result
from sim.device import DeviceProfile


class Quiet:
    """Shows nothing; for scripts."""

    def __enter__(self) -> Quiet:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to end."""

    def stage(self, text: str) -> None:
        """Nothing."""

    def searched(self, selection: Selection, devices: Sequence[DeviceProfile]) -> None:
        """Nothing."""

    def round(self, report: RoundReport, rounds: int) -> None:
        """Nothing."""

    def interrupted(self, path: Path) -> None:
        """One line on standard error, so that standard output stays JSON."""
        Console(stderr=True, soft_wrap=True).print(f"interrupted; continue with: {_continue(path)}", markup=False)

    def finished(self, result: Result) -> None:
        """Nothing."""


class Live(Quiet):
    """A progress bar with the figures of the last round, and a table at the end."""

    def __init__(self) -> None:
        self.console = Console()
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(),
            console=self.console,
        )
        self.task = self.progress.add_task("starting", total=None, figures="")
        self.sent = 0.0

    def __enter__(self) -> Live:
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the terminal as it was."""
        self.progress.stop()

    def stage(self, text: str) -> None:
        """Show what is being prepared."""
        self.progress.update(self.task, description=text)

    def searched(self, selection: Selection, devices: Sequence[DeviceProfile]) -> None:
        """Print who chose what."""
        chosen = Counter((d.name, c.spec.name) for d, c in zip(devices, selection.choices, strict=True))
        lines = ", ".join(f"{count} {device}: {network}" for (device, network), count in sorted(chosen.items()))
        rejected = sum(len(v) for v in selection.rejected.values())
        self.console.print(f"networks chosen: {lines}")
        if selection.scores:
            self.console.print(
                f"[dim]{len(selection.scores)} candidates fit some device, {rejected} rejections on record[/]"
            )

    def round(self, report: RoundReport, rounds: int) -> None:
        """Show the figures of a round."""
        accuracy = _mean(report.rows, "global_accuracy")
        self.sent += _mean(report.rows, "bytes_up") + _mean(report.rows, "bytes_down")
        figures = f"global accuracy {accuracy:.3f}, {self.sent / 1000:.1f} kB a site"
        self.progress.update(self.task, description="round", completed=report.round_, total=rounds, figures=figures)

    def interrupted(self, path: Path) -> None:
        """Say how to go on."""
        self.console.print(f"\ninterrupted; continue with: {_continue(path)}", soft_wrap=True, markup=False)

    def finished(self, result: Result) -> None:
        """Say in words what happened."""
        self.console.print(_table(result.summary))
        self.console.print(_words(result.summary))
        self.console.print(f"run directory: [bold]{result.path}[/] (plots in {result.path / 'plots'})", soft_wrap=True)


def _continue(path: Path) -> str:
    return f"fedkd simulate {shlex.quote(f'resume={path}')}"


def _mean(rows: Sequence[Mapping[str, object]], name: str) -> float:
    known = [float(str(row[name])) for row in rows if row.get(name) is not None]
    return float(np.mean(known)) if known else float("nan")


_FIGURES = (
    ("global_accuracy", "on the balanced test set"),
    ("local_accuracy", "weighted by each site's own labels"),
    ("local_prior_accuracy", "the same, with the site's own prior"),
    ("student_accuracy", "the server's network of the site's architecture"),
    ("honest_accuracy", "global_accuracy of the sites that do not lie"),
)


def _table(summary: Mapping[str, object]) -> Table:
    table = Table(
        "figure",
        "mean",
        "std",
        "min",
        "max",
        "what it is",
        title=f"{summary['method']}, after round {summary['rounds']}",
    )
    for name, meaning in _FIGURES:
        spread = summary.get(name)
        if isinstance(spread, Mapping):
            table.add_row(name, *(f"{spread[k]:.3f}" for k in ("mean", "std", "min", "max")), meaning)
    return table


def _words(summary: Mapping[str, object]) -> str:
    networks = summary["networks"]
    count = len(networks) if isinstance(networks, Mapping) else 0
    per_site = float(str(summary["bytes_per_site"])) / 1000
    accuracy = summary["global_accuracy"]
    mean = accuracy["mean"] if isinstance(accuracy, Mapping) else float("nan")
    virtual_s = float(str(summary["virtual_time_s"]))
    lasted = f"; on its devices and links the run would have lasted {virtual_s:.1f} s" if virtual_s else ""
    return (
        f"{summary['sites']} sites with {count} kind{'s' if count != 1 else ''} of network exchanged "
        f"{per_site:.1f} kB each in {summary['rounds']} round{'s' if summary['rounds'] != 1 else ''} "
        f"and reached a global accuracy of {mean:.3f}.\n"
        f"Training took {summary['train_cpu_s']} s of the sites' processor time and {summary['server_cpu_s']} s of the "
        f"server's, the search {summary['search_cpu_s']} s{lasted}."
    )
