"""Arms whose figures can be computed by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from fedkd.comparison import ArmResult, Panel
from fedkd.comparison.arm import Curves


def summary(accuracy, sent=2000.0, cpu_s=3.0, **more):
    """What a run's summary says of it; a quarter of the clients' CPU time is search."""
    return {
        "method": "toy",
        "networks": {"cnn": 2},
        "global_accuracy": {"mean": accuracy, "std": 0.0},
        "local_prior_accuracy": {"mean": accuracy + 0.01},
        "student_accuracy": None,
        "bytes_per_site": sent,
        "macs": 5e4,
        "train_cpu_s": 0.75 * cpu_s,
        "search_cpu_s": 0.25 * cpu_s,
        "server_cpu_s": 0.5,
        "virtual_time_s": 12.0,
        "wall_time_s": 8.0,
        **more,
    }


def curves(accuracy, sent=(500.0, 1000.0, 1500.0, 2000.0)):
    """Accuracies of each seed; every round costs one CPU second and three virtual ones."""
    seeds, rounds = np.array(accuracy).shape
    steps = np.tile(np.arange(1.0, rounds + 1), (seeds, 1))
    return Curves(np.array(accuracy), np.tile(sent, (seeds, 1)), steps, 3 * steps)


def arm(name, *accuracies, sent=2000.0, cpu_s=3.0, **more):
    """An arm with one accuracy a seed, reached in the last of four rounds."""
    if not accuracies:
        return ArmResult(name, {}, None)
    steps = sent * np.array([0.25, 0.5, 0.75, 1.0])
    climbing = [[a / 4, a / 2, 3 * a / 4, a] for a in accuracies]
    summaries = {seed: summary(a, sent, cpu_s, **more) for seed, a in enumerate(accuracies)}
    return ArmResult(name, summaries, curves(climbing, steps))


PANEL = Panel(
    "iid",
    (
        arm("base", 0.5, 0.7, sent=8000.0, cpu_s=4.0),
        arm("better", 0.6, 0.8, sent=4000.0, cpu_s=2.0),
        arm("thrifty", 0.4, 0.4, sent=1000.0, cpu_s=3.0),
        arm("dead"),
        arm("pooled", 0.9, 0.9, sent=100.0, cpu_s=0.0),
    ),
    seeds=2,
    reference="base",
    bounds=("pooled",),
    target=0.5,
)
"""Means: base 0.6, better 0.7, thrifty 0.4; nothing of `dead` finished."""


def record(path: Path, accuracies, seed=0):
    """A run directory with two sites a round, by hand: [R] accuracies of the first site, 0.1 more of the second."""
    path.mkdir(parents=True)
    (path / "config.yaml").write_text("a: scenario\n")
    rows = [
        f"{r},site-{k},{a + 0.1 * k},{100 * (k + 1)},{10 * (k + 1)},{1_000_000 * r + k * 500_000}\n"
        for r, a in enumerate(accuracies, start=1)
        for k in range(2)
    ]
    head = "round,site,global_accuracy,bytes_up,bytes_down,virtual_time_us\n"
    (path / "metrics.csv").write_text(head + "".join(rows))
    times = [f"{r},{r / 2},0.25,9.0,1\n" for r in range(1, len(accuracies) + 1)]
    (path / "timings.csv").write_text("round,train_cpu_s,server_cpu_s,wall_time_s,memory_bytes\n" + "".join(times))
    (path / "summary.json").write_text(json.dumps(summary(accuracies[-1] + 0.05, seed=seed)))
    return path
