"""Tables, words and plain figures of a benchmark."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from statistics import median
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from fedkd.bench.promises import Verdict
from fedkd.bench.runs import ArmRuns, Cell
from fedkd.bench.watch import Watched
from fedkd.bench.workload import OURS

COLUMNS = ("system", "start-up s", "round s", "updates/s", "in all", "CPU s", "peak MB", "round x ours", "run x ours")

MEANING = """start-up: what the first round took, from the start of the process, beyond a usual round
round: median of the rounds after the first; updates/s: client updates in such a round by its seconds
in all: client updates of all rounds by the seconds from the start of the process to its end
CPU, peak: processor time, and most resident memory at one time, of the process and all its children; by samples
x ours: each run of a rival by the runs of our FedAvg before and after it, median (least to greatest)
ours meters every byte, evaluates every site, writes a checkpoint every round and draws plots; the rivals do none of it
fedkdnas does more than FedAvg: each step has public samples too, and the server trains a student"""


def print_cells(console: Console, cells: Sequence[Cell], found: Sequence[Verdict]) -> None:
    """Everything that a person wants to see."""
    for cell in cells:
        console.print(_table(cell))
        for arm in cell.arms:
            if arm.failure:
                console.print(f"{arm.name} failed: {arm.failure}", soft_wrap=True, markup=False)
        accuracies = ", ".join(f"{arm.name} {arm.median(_accuracy):.3f}" for arm in cell.arms if arm.runs)
        console.print(f"accuracy on the test set after the last round: {accuracies}", soft_wrap=True)
        if cell.shares:
            whole = sum(share.seconds for share in cell.shares)
            listed = ", ".join(f"{share.name} {share.seconds / whole:.0%}" for share in cell.shares)
            console.print(f"where a round of ours goes, by a profile of one process: {listed}", soft_wrap=True)
    console.print(f"[dim]{MEANING}[/]", soft_wrap=True)
    for verdict in found:
        mark = "[green]holds[/]" if verdict.holds else "[red]does not hold[/]"
        why = f" ({verdict.why})" if verdict.why else ""
        console.print(f"{mark}: {verdict.promise}; measured {verdict.measured}{why}", soft_wrap=True)


def _table(cell: Cell) -> Table:
    work = cell.workload
    steps = f"{work.steps} step{'s' if work.steps > 1 else ''} of {work.batch}"
    title = f"{work.name} work: {work.sites} sites, {work.rounds} rounds, {steps}"
    table = Table(*COLUMNS, title=title)
    for arm in cell.arms:
        if arm.runs:
            table.add_row(*_figures(arm, cell), *_ratios(arm, cell))
    return table


def _figures(arm: ArmRuns, cell: Cell) -> tuple[str, ...]:
    sites, rounds = cell.workload.sites, cell.workload.rounds
    return (
        f"fedkd {arm.name}" if arm.name in OURS else arm.name,
        f"{arm.median(lambda run: run.start_up_s):.1f}",
        f"{arm.median(lambda run: run.round_s):.3f}",
        f"{arm.median(lambda run: sites / run.round_s):.1f}",
        f"{arm.median(lambda run: sites * rounds / run.wall_s):.1f}",
        f"{arm.median(lambda run: run.cpu_s):.1f}",
        f"{arm.median(lambda run: run.peak_bytes) / 1e6:.0f}",
    )


def _ratios(arm: ArmRuns, cell: Cell) -> tuple[str, ...]:
    if arm.name in OURS:
        return ("", "")
    steady = cell.ratios(arm.name, lambda run: run.round_s)
    whole = cell.ratios(arm.name, lambda run: run.wall_s)
    return tuple(f"{median(found):.1f} ({min(found):.1f}-{max(found):.1f})" for found in (steady, whole))


def _accuracy(run: Watched) -> float:
    return float(run.said("accuracy")[0])


def plain(cells: Sequence[Cell], found: Sequence[Verdict], notes: Sequence[str]) -> dict[str, Any]:
    """The same for programs: every run of everybody, ratios, promises, and the machine."""
    return {
        "machine": {
            "system": platform.platform(),
            "python": platform.python_version(),
            "cores": psutil.cpu_count(),
            "memory_bytes": psutil.virtual_memory().total,
        },
        "notes": list(notes),
        "cells": [_plain_cell(cell) for cell in cells],
        "promises": [vars(verdict) for verdict in found],
    }


def _plain_cell(cell: Cell) -> dict[str, Any]:
    return {
        "workload": vars(cell.workload),
        "arms": [_plain_arm(arm, cell) for arm in cell.arms],
        "round_shares_s": {share.name: share.seconds for share in cell.shares},
    }


def _plain_arm(arm: ArmRuns, cell: Cell) -> dict[str, Any]:
    runs = [
        {
            "start_up_s": run.start_up_s,
            "round_s": run.round_s,
            "wall_s": run.wall_s,
            "updates_per_s": cell.workload.sites / run.round_s,
            "updates_per_s_in_all": cell.workload.sites * cell.workload.rounds / run.wall_s,
            "cpu_s": run.cpu_s,
            "peak_bytes": run.peak_bytes,
            "accuracy": _accuracy(run),
        }
        for run in arm.runs
    ]
    made: dict[str, Any] = {"name": arm.name, "failure": arm.failure, "runs": runs}
    if arm.name not in OURS:
        made["round_s_times_ours"] = cell.ratios(arm.name, lambda run: run.round_s)
        made["wall_s_times_ours"] = cell.ratios(arm.name, lambda run: run.wall_s)
    return made
