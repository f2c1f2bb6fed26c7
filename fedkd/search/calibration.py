"""From measurements on this machine to a device profile.

Small networks are ruled by what it takes to start a layer, so a profile knows that beside the speed. The fit is
conservative: no measured network is slower than the profile says, and most are faster by the factor that `Fit` calls
slack.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.optimize import nnls

from fedkd.search.budget import Candidate
from fedkd.search.timing import forward_us

_PASSES = 3
_REPEATS = 15


@dataclass(frozen=True)
class Measured:
    """A network and what this machine makes of it.

    Attributes:
        candidate: The network and what it costs by count.
        latency_us: Median forward pass of one sample.
    """

    candidate: Candidate
    latency_us: float


@dataclass(frozen=True)
class Fit:
    """latency = layer_us x layers + MACs / macs_per_s, at least as long as measured for every network.

    Attributes:
        macs_per_s: Speed.
        layer_us: What it takes to start a layer.
        slack: [K] latency of the fit / measured latency, at least 1.
    """

    macs_per_s: float
    layer_us: float
    slack: NDArray[np.float64]


def time_networks(
    candidates: Sequence[Candidate], shape: tuple[int, ...], classes: int, told: Callable[[], None]
) -> list[Measured]:
    """Time networks, in several passes over all of them, so that a disturbance does not hit one alone.

    Args:
        candidates: Networks.
        shape: Shape of one sample.
        classes: Number of classes.
        told: Called after each network of the last pass.
    """
    times: list[list[float]] = [[] for _ in candidates]
    for last in (False,) * (_PASSES - 1) + (True,):
        for mine, candidate in zip(times, candidates, strict=True):
            mine.append(forward_us(candidate.spec, shape, classes, _REPEATS))
            if last:
                told()
    return [Measured(candidate, statistics.median(mine)) for mine, candidate in zip(times, candidates, strict=True)]


def representatives(candidates: Sequence[Candidate], per_family: int) -> list[Candidate]:
    """Of each family so many networks, from the fewest to the most MACs in even steps; 0 means all."""
    families: dict[str, list[Candidate]] = {}
    for candidate in sorted(candidates, key=lambda c: c.cost.macs):
        families.setdefault(candidate.spec.family, []).append(candidate)
    picked = []
    for members in families.values():
        count = min(per_family or len(members), len(members))
        places = np.linspace(0, len(members) - 1, count).round().astype(int)
        picked += [members[place] for place in places]
    return picked


def fit(measured: Sequence[Measured]) -> Fit:
    """Least squares of relative errors, then raised until nothing is slower."""
    costs = [m.candidate.cost for m in measured]
    figures = np.array([[cost.layers, cost.macs] for cost in costs], np.float64)
    latency = np.array([m.latency_us for m in measured])
    share, _ = nnls(figures / latency[:, None], np.ones(len(measured)))
    share /= (figures @ share / latency).min()
    return Fit(1e6 / max(share[1], 1e-12), float(share[0]), figures @ share / latency)


def device_yaml(name: str, macs_per_s: float, layer_us: float, batch: int, note: str) -> str:
    """A configuration of the axis `device` with one class and no limits.

    Args:
        name: Of the class.
        macs_per_s: Fitted speed.
        layer_us: Fitted time that it takes to start a layer.
        batch: Samples of a training step.
        note: A line of comment that says where it comes from.
    """
    speed = {"macs_per_s": float(f"{macs_per_s:.4g}"), "layer_us": float(f"{layer_us:.3g}")}
    profile = {"name": name, **speed, "share": 1.0, "budget": {}}
    return f"# {note}\n" + str(yaml.safe_dump({"batch": batch, "profiles": [profile]}, sort_keys=False))
