"""All that `fedkd bench device` says about a machine, as plain mappings; and its speed alone, at once."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from fedkd.models import ArchSpec, measure, step_bytes
from fedkd.search.budget import Candidate
from fedkd.search.calibration import Measured, fit, representatives, time_networks
from fedkd.search.memory import step_peaks
from fedkd.search.space import SearchSpace
from fedkd.search.timing import step_us
from sim.device import Budget, DeviceProfile

_REPEATS, _FEW = 3, 4
_WIDE = tuple(ArchSpec.of("mlp", hidden=(width, width)) for width in (512, 2048))
"""Small networks are all layers: these show what a multiply-accumulate takes."""

Told = Callable[[str, int, int], None]
"""Called with what is being measured, the number of measurements done and the number of all."""


def measure_machine(
    candidates: Sequence[Candidate], shape: tuple[int, ...], classes: int, batch: int, per_family: int, told: Told
) -> dict[str, Any]:
    """Time all networks, train and weigh some of each family, and fit the speed of a device profile.

    Args:
        candidates: Networks, at least one.
        shape: Shape of one sample.
        classes: Number of classes.
        batch: Samples of a training step.
        per_family: Networks of each family whose training is measured; 0 means all.
        told: Hears of progress.

    Returns:
        `macs_per_s` and `layer_us`, the `slack` of the model's latency, and `networks`: for each its measured figures,
        and the model's as `model_...`.

    Raises:
        WorkerDiedError: Memory could not be measured.
    """
    shown = representatives(candidates, per_family)
    total, done = len(candidates) + 2 * len(shown), 0

    def advance(what: str, by: int = 1) -> None:
        nonlocal done
        done += by
        told(what, done, total)

    timed = time_networks(candidates, shape, classes, lambda: advance("forward passes"))
    steps: dict[Candidate, float] = {}
    for candidate in shown:
        steps[candidate] = step_us(candidate.spec, shape, classes, batch, _REPEATS)
        advance("training steps")
    told("memory", done, total)
    peaks = dict(zip(shown, step_peaks([c.spec for c in shown], shape, classes, batch), strict=True))
    advance("memory", len(shown))
    fitted = fit(timed)
    model = DeviceProfile("here", fitted.macs_per_s, 1.0, Budget(), layer_us=fitted.layer_us)
    rows = []
    for measured in timed:
        candidate = measured.candidate
        row = _forward(measured, model)
        if candidate in steps:
            row["step_us"] = round(steps[candidate], 1)
            row["model_step_us"] = model.compute_us(candidate.cost.training(batch, 1))
            row["peak_bytes"] = peaks[candidate]
            row["model_peak_bytes"] = step_bytes(candidate.cost, candidate.input_bytes, batch)
        rows.append(row)
    slack = {"median": round(statistics.median(fitted.slack), 3), "max": round(float(fitted.slack.max()), 3)}
    speed = {"macs_per_s": float(f"{fitted.macs_per_s:.6g}"), "layer_us": round(fitted.layer_us, 2), "slack": slack}
    return {"shape": list(shape), "classes": classes, "batch": batch, **speed, "networks": rows}


def measure_speed(spaces: Sequence[SearchSpace], shape: tuple[int, ...], classes: int) -> tuple[float, float]:
    """Time a few networks of each family, for a second or two, and fit the speed of a device profile.

    Args:
        spaces: Where the networks are from.
        shape: Shape of one sample.
        classes: Number of classes.

    Returns:
        Multiply-accumulates a second, and microseconds that it takes to start a layer.
    """
    specs = dict.fromkeys(spec for space in spaces for spec in space.candidates(shape))
    sample = np.dtype(np.float32).itemsize * math.prod(shape)
    listed, wide = (
        [Candidate(spec, measure(spec, shape, classes), sample) for spec in some] for some in (specs, _WIDE)
    )
    fitted = fit(time_networks([*representatives(listed, _FEW), *wide], shape, classes, lambda: None))
    return float(f"{fitted.macs_per_s:.4g}"), float(f"{fitted.layer_us:.3g}")


def _forward(measured: Measured, model: DeviceProfile) -> dict[str, Any]:
    cost = measured.candidate.cost
    return {
        "network": measured.candidate.spec.name,
        "parameters": cost.parameters,
        "macs": cost.macs,
        "layers": cost.layers,
        "latency_us": round(measured.latency_us, 2),
        "model_latency_us": model.compute_us(cost.asking(1)),
    }
