"""What the project promises of its speed and memory, held against what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from fedkd.bench.runs import Cell
from fedkd.bench.watch import Watched
from fedkd.bench.workload import OURS

FLOWER = "flower"
WHOLE, STEADY = 3.0, 20.0
"""At least so many times as fast as Flower: a whole run of real work, and a round with next to no work."""
MEMORY_BYTES = 4 * 10**9


@dataclass(frozen=True)
class Verdict:
    """One promise.

    Attributes:
        promise: What is promised.
        measured: What was measured, in words.
        holds: Whether it holds.
        why: What a round of ours spends its time on, where it does not hold and that was looked at.
    """

    promise: str
    measured: str
    holds: bool
    why: str = ""


def verdicts(cells: Sequence[Cell]) -> list[Verdict]:
    """Every promise of which the measured cells can tell something."""
    return [*_whole(cells), *_steady(cells), *_memory(cells), *_growth(cells)]


def _whole(cells: Sequence[Cell]) -> Iterator[Verdict]:
    for cell in _of(cells, "training", 100):
        yield from _faster(cell, lambda run: run.wall_s, WHOLE, "20 local steps, start-up included")


def _steady(cells: Sequence[Cell]) -> Iterator[Verdict]:
    for cell in [*_of(cells, "trivial", 100), *_of(cells, "trivial", 1000)]:
        yield from _faster(cell, lambda run: run.round_s, STEADY, "trivial work, after the first round")


def _faster(cell: Cell, figure: object, times: float, what: str) -> Iterator[Verdict]:
    assert callable(figure)
    ratios = cell.ratios(FLOWER, figure)
    if ratios:
        promise = f"{cell.workload.sites} sites, {what}: at least {times:g} times as fast as Flower"
        measured = f"{median(ratios):.1f} times ({min(ratios):.1f} to {max(ratios):.1f})"
        holds = median(ratios) >= times
        yield Verdict(promise, measured, holds, "" if holds else _why(cell))


def _memory(cells: Sequence[Cell]) -> Iterator[Verdict]:
    for cell in [c for c in cells if c.workload.sites == 1000]:
        peak = max(run.peak_bytes for name in OURS for run in cell.arm(name).runs)
        promise = f"1000 sites, {cell.workload.name} work: peak memory under {MEMORY_BYTES / 1e9:g} GB"
        yield Verdict(promise, f"{peak / 1e9:.2f} GB", peak < MEMORY_BYTES)


def _growth(cells: Sequence[Cell]) -> Iterator[Verdict]:
    for name in ("training", "trivial"):
        for few, many in zip(_of(cells, name, 100), _of(cells, name, 1000), strict=False):
            before, after = (_ms_a_site(cell) for cell in (few, many))
            promise = f"{name} work: time per site at 1000 sites no higher than at 100"
            holds = after <= before
            yield Verdict(promise, f"{after:.2f} ms against {before:.2f} ms", holds, "" if holds else _why(many))


def _ms_a_site(cell: Cell) -> float:
    def of(run: Watched) -> float:
        return 1000 * run.round_s / cell.workload.sites

    return cell.arm(OURS[0]).median(of)


def _of(cells: Sequence[Cell], name: str, sites: int) -> list[Cell]:
    return [cell for cell in cells if (cell.workload.name, cell.workload.sites) == (name, sites)]


def _why(cell: Cell) -> str:
    whole = sum(share.seconds for share in cell.shares)
    if not whole:
        return ""
    listed = sorted(cell.shares, key=lambda share: -share.seconds)
    return "a round of ours is " + ", ".join(f"{share.seconds / whole:.0%} {share.name}" for share in listed)
