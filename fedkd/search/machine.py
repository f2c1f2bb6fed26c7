"""All that `fedkd bench device` says about a machine, as plain mappings."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Any

from fedkd.search.budget import Candidate, step_bytes
from fedkd.search.calibration import Fit, Measured, fit_overhead, fit_speed, representatives, time_networks
from fedkd.search.memory import step_peaks
from fedkd.search.timing import step_us
from sim.device import PASSES

_REPEATS = 3

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
        `macs_per_s`, the `slack` of the model's latency, what it would be `with_overhead` of layers, and `networks`:
        for each its measured figures, and the model's as `model_...`.

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
    fit, layered = fit_speed(timed), fit_overhead(timed)
    rows = [_forward(measured, slack) for measured, slack in zip(timed, fit.slack, strict=True)]
    for row, measured in zip(rows, timed, strict=True):
        candidate = measured.candidate
        if candidate in steps:
            row["step_us"] = round(steps[candidate], 1)
            row["model_step_us"] = round(PASSES * batch * candidate.cost.macs / fit.macs_per_s * 1e6, 1)
            row["peak_bytes"], row["model_peak_bytes"] = peaks[candidate], step_bytes(candidate, batch)
    overhead = {"overhead_us_a_layer": round(layered.overhead_us, 2), **_speed(layered)}
    setting = {"shape": list(shape), "classes": classes, "batch": batch}
    return {**setting, **_speed(fit), "with_overhead": overhead, "networks": rows}


def _forward(measured: Measured, slack: float) -> dict[str, Any]:
    cost = measured.candidate.cost
    return {
        "network": measured.candidate.spec.name,
        "parameters": cost.parameters,
        "macs": cost.macs,
        "layers": measured.layers,
        "latency_us": round(measured.latency_us, 2),
        "model_latency_us": round(measured.latency_us * slack, 2),
    }


def _speed(fit: Fit) -> dict[str, Any]:
    slack = {"median": round(statistics.median(fit.slack), 3), "max": round(float(fit.slack.max()), 3)}
    return {"macs_per_s": float(f"{fit.macs_per_s:.6g}"), "slack": slack}
