"""`fedkd bench device`: what this machine makes of the networks of the search space."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fedkd.errors import OutOfRangeError, UnknownChoiceError

if TYPE_CHECKING:
    from rich.table import Table

    from fedkd.search.budget import Candidate

MODALITIES = {1: "table", 2: "sensor window", 3: "image"}
FLOAT_BYTES = 4
HEADS = ("network", "kMACs", "pass µs", "model", "step ms", "model", "peak kB", "bound")


def device(
    shape: Annotated[
        str, typer.Option(help="Shape of a sample: C,H,W of an image, F,T of a sensor window, F of a table.")
    ] = "1,28,28",
    classes: Annotated[int, typer.Option(help="Number of classes.")] = 10,
    families: Annotated[str | None, typer.Option(help="Only these, such as cnn,mlp.  [default: all]")] = None,
    per_family: Annotated[int, typer.Option(help="Networks of each family that are trained; 0 means all.")] = 5,
    batch: Annotated[int, typer.Option(help="Samples of a training step.")] = 64,
    write: Annotated[Path | None, typer.Option(help="Write a device configuration there.")] = None,
    name: Annotated[str, typer.Option(help="What the configuration calls this machine.")] = "here",
    as_json: Annotated[bool, typer.Option("--json", help="Print figures as JSON and nothing else.")] = False,
) -> None:
    """Measure latency, training step and peak memory of networks on one thread of this machine.

    Every network of the search space is timed, some of each family are trained. Beside each figure stands the
    model's: MACs / speed + layers x the time to start one, fitted so that no forward pass is slower than the model
    says, and the bound on memory that budgets are checked against. Memory is that of tensors, which torch's profiler
    records in a process of its own.

    Examples:
        fedkd bench device
        fedkd bench device --shape 6,30 --families gru,cnn1d
        fedkd bench device --write conf/device/here.yaml
        fedkd simulate --config-dir conf device=here
    """
    sample = _shape(shape)
    if classes < 2 or batch < 1 or per_family < 0:
        raise OutOfRangeError(
            f"--classes {classes}, --batch {batch} and --per-family {per_family} cannot be measured",
            "give at least 2 classes, a batch of 1 and 0 networks a family",
        )
    # torch takes seconds to import; --help does not need it.
    from rich.console import Console
    from rich.progress import Progress

    from fedkd.search.machine import measure_machine

    candidates = _candidates(sample, classes, families.split(",") if families else [])
    with Progress(console=Console(stderr=True), disable=as_json, transient=True) as progress:
        bar = progress.add_task("starting", total=None)
        figures = measure_machine(
            candidates,
            sample,
            classes,
            batch,
            per_family,
            lambda what, done, total: progress.update(bar, description=what, completed=done, total=total),
        )
    if write:
        _write(write, name, figures, f"Measured by: fedkd bench device --shape {shape} --classes {classes}")
    if as_json:
        typer.echo(json.dumps(figures))
        return
    console = Console()
    console.print(_table(figures))
    console.print(_words(figures))
    if write:
        console.print(f"written to {write}", soft_wrap=True, markup=False)


def _shape(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if len(parts) not in MODALITIES or not all(part.isdecimal() and int(part) for part in parts):
        raise OutOfRangeError(f"--shape {text} is no shape", "write one to three numbers from 1, such as 1,28,28")
    return tuple(map(int, parts))


def _candidates(shape: tuple[int, ...], classes: int, families: Sequence[str]) -> list[Candidate]:
    from fedkd.models import measure
    from fedkd.search import StandardSpace
    from fedkd.search.budget import Candidate

    specs = StandardSpace().candidates(shape)
    known = sorted({spec.family for spec in specs})
    if unknown := [family for family in families if family not in known]:
        raise UnknownChoiceError(
            f"the search space for a {MODALITIES[len(shape)]} has no family '{unknown[0]}'",
            f"choose from {', '.join(known)}",
        )
    chosen = [spec for spec in specs if not families or spec.family in families]
    return [Candidate(spec, measure(spec, shape, classes), FLOAT_BYTES * math.prod(shape)) for spec in chosen]


def _write(path: Path, name: str, figures: dict[str, Any], note: str) -> None:
    from fedkd.files import disk_errors, write_whole
    from fedkd.search.calibration import device_yaml

    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, device_yaml(name, figures["macs_per_s"], figures["layer_us"], figures["batch"], note).encode())


def _table(figures: dict[str, Any]) -> Table:
    from rich.box import SIMPLE
    from rich.table import Table

    table = Table(
        title=f"One thread: forward pass of one sample, training step of {figures['batch']} with Adam", box=SIMPLE
    )
    for head in HEADS:
        table.add_column(head, justify="left" if head == "network" else "right", no_wrap=head == "network")
    for row in figures["networks"]:
        if "step_us" in row:
            table.add_row(
                row["network"],
                f"{row['macs'] / 1000:.1f}",
                *(f"{row[key]:.0f}" for key in ("latency_us", "model_latency_us")),
                *(f"{row[key] / 1000:.1f}" for key in ("step_us", "model_step_us")),
                *(f"{row[key] / 1000:.0f}" for key in ("peak_bytes", "model_peak_bytes")),
            )
    return table


def _words(figures: dict[str, Any]) -> str:
    slack = figures["slack"]
    return (
        f"{len(figures['networks'])} networks timed. With {figures['layer_us']:.1f} µs for each layer that is started "
        f"and {figures['macs_per_s']:.3g} MACs a second no forward pass is slower than the model says, which is "
        f"{slack['median']:.1f} times the measured time in the middle and {slack['max']:.1f} times at most."
    )
