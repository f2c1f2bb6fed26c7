"""All figures of a comparison for other programs: one JSON file, one CSV file."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from fedkd.comparison.arm import CLIENT_CPU, ArmResult, Curves
from fedkd.comparison.panel import Panel
from fedkd.comparison.plan import Comparison
from fedkd.comparison.state import Ended
from fedkd.comparison.statistics import estimate

FIGURES = (
    "global_accuracy",
    "honest_accuracy",
    "local_accuracy",
    "local_prior_accuracy",
    "student_accuracy",
    "trained_accuracy",
    "validation_accuracy",
    "bytes_per_site",
    "bytes_up",
    "bytes_down",
    "macs",
    "train_cpu_s",
    "search_cpu_s",
    CLIENT_CPU,
    "server_cpu_s",
    "virtual_time_s",
    "wall_time_s",
)


def as_json(comparison: Comparison, panels: Sequence[Panel], ended: Ended) -> str:
    """Everything: what was compared, each figure by seed, differences, front, scores, curves, and what did not finish.

    Figures that an arm does not have are null.
    """
    content = {
        "comparison": dataclasses.asdict(comparison) | {"reference": comparison.against()},
        "panels": [{"name": panel.name, "arms": [_arm(panel, arm) for arm in panel.arms]} for panel in panels],
        "diverged": dict(ended.diverged),
        "failed": {failure.name: failure.what for failure in ended.failed},
    }
    return json.dumps(content, indent=1) + "\n"


def as_csv(panels: Sequence[Panel]) -> str:
    """One row an arm and panel: the mean of every figure, its standard error, and what the tables derive from them.

    Cells of figures that an arm does not have are empty.
    """
    rows = [_row(panel, arm) for panel in panels for arm in panel.arms]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _arm(panel: Panel, arm: ArmResult) -> dict[str, Any]:
    return {
        "name": arm.name,
        "bound": arm.name in panel.bounds,
        "seeds": list(arm.summaries),
        "figures": {name: _plain(arm.figure(name), values=arm.values(name)) for name in FIGURES},
        "minus_reference": {name: _plain(panel.difference(arm, name)) for name in FIGURES},
        "near_best": _plain(arm.near_best()),
        "to_target": None if panel.target is None else _plain(arm.reached(panel.target)),
        "dominated_by": _dominated_by(panel, arm),
        "scores": _plain(panel.scores(arm)),
        "curves": None if arm.curves is None else _means(arm.curves),
    }


def _dominated_by(panel: Panel, arm: ArmResult) -> list[str] | None:
    return list(panel.dominators[arm.name]) if arm.name in panel.dominators else None


def _means(curves: Curves) -> dict[str, dict[str, list[float | None]]]:
    """Mean and standard error over seeds after each round."""
    by_round = {
        field.name: [estimate(column) for column in getattr(curves, field.name).T.tolist()]
        for field in dataclasses.fields(curves)
    }
    return {
        name: {"mean": [e.mean for e in found if e], "error": [e.error for e in found if e]}
        for name, found in by_round.items()
    }


def _plain(value: Any, **more: object) -> Any:
    return None if value is None else dataclasses.asdict(value) | more


def _row(panel: Panel, arm: ArmResult) -> dict[str, object]:
    found = {name: arm.figure(name) for name in FIGURES}
    means = {name: figure and figure.mean for name, figure in found.items()}
    errors = {f"{name}_se": figure and figure.error for name, figure in found.items()}
    difference = panel.difference(arm, "global_accuracy")
    dominated_by = _dominated_by(panel, arm)
    return {
        "panel": panel.name,
        "arm": arm.name,
        "seeds": len(arm.summaries),
        **{
            key: value for name in FIGURES for key, value in ((name, means[name]), (f"{name}_se", errors[f"{name}_se"]))
        },
        "global_accuracy_minus_reference": difference and difference.mean,
        "global_accuracy_minus_reference_se": difference and difference.error,
        **_prefixed("near_best", arm.near_best(), ("round_", "sent_bytes", "cpu_s", "time_s")),
        "bytes_to_target": _bytes_to_target(panel, arm),
        "pareto": None if dominated_by is None else not dominated_by,
        "dominated_by": " ".join(dominated_by or ()),
        **_prefixed("score", panel.scores(arm), ("res", "pqs", "ces", "ues")),
    }


def _bytes_to_target(panel: Panel, arm: ArmResult) -> float | None:
    found = None if panel.target is None else arm.reached(panel.target)
    return None if found is None else found.sent_bytes


def _prefixed(prefix: str, value: object, fields: Sequence[str]) -> Mapping[str, object]:
    return {f"{prefix}_{name.rstrip('_')}": value and getattr(value, name) for name in fields}
