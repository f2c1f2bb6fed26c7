"""Tables of a panel: what the arms reach, what they cost, and how they trade one for the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fedkd.comparison.arm import CLIENT_CPU, ArmResult, Milestone
from fedkd.comparison.panel import Panel
from fedkd.comparison.statistics import Estimate

NOTE = (
    "Mean over seeds ± standard error of that mean. Accuracies are means over sites, bytes are those of an average "
    "site, CPU seconds those of all clients together or of the server; time is the scenario's, not the host's."
)

_NAMED = 3
"""Arms that a cell names before it counts the others."""


@dataclass(frozen=True)
class Sheet:
    """A table of texts.

    Attributes:
        title: What it shows.
        heads: One a column.
        rows: One an arm.
        note: What a reader must know, or "".
    """

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


Column = tuple[str, Callable[[ArmResult], str]]


def sheets(panel: Panel) -> tuple[Sheet, ...]:
    """The tables of a panel."""
    return (
        _sheet(panel, "accuracy", _accuracies(panel)),
        _sheet(panel, "cost", _costs(panel)),
        _sheet(panel, "trade-off", _trades(panel), _trade_note(panel)),
    )


def _sheet(panel: Panel, title: str, columns: Sequence[Column], note: str = "") -> Sheet:
    columns = [("arm", lambda arm: arm.name), *columns]
    rows = tuple(tuple(cell(arm) for _, cell in columns) for arm in panel.arms)
    return Sheet(f"{panel.name}: {title}" if panel.name else title, tuple(head for head, _ in columns), rows, note)


def _accuracies(panel: Panel) -> list[Column]:
    attacked = panel.has("honest_accuracy")
    differences = [_minus_reference(panel, "global")]
    if attacked:
        differences.append(_minus_reference(panel, "honest"))
    return [
        ("seeds", lambda arm: _seeds(panel, arm)),
        _figure("global", "global_accuracy", 3),
        *([_figure("honest", "honest_accuracy", 3)] if attacked else []),
        _figure("local + prior", "local_prior_accuracy", 3),
        _figure("student", "student_accuracy", 3),
        *(differences if len(panel.arms) > 1 else []),
    ]


def _minus_reference(panel: Panel, name: str) -> Column:
    head = f"{name} - {panel.reference}, by seed"
    return head, lambda arm: _difference(panel.difference(arm, f"{name}_accuracy"))


def _costs(panel: Panel) -> list[Column]:
    target = panel.target
    return [
        _figure("kB a site", "bytes_per_site", 1, 1 / 1000),
        ("kB to best - 0.5", lambda arm: _at(arm.near_best(), lambda m: f"{m.sent_bytes / 1000:.1f}")),
        ("at round", lambda arm: _at(arm.near_best(), lambda m: str(m.round_))),
        *([] if target is None else [_kb_to(target)]),
        _figure("kMACs", "macs", 1, 1 / 1000),
        _figure("train CPU s", "train_cpu_s", 1),
        ("CPU s to best - 0.5", lambda arm: _at(arm.near_best(), lambda m: f"{m.cpu_s:.1f}")),
        _figure("search CPU s", "search_cpu_s", 1),
        _figure("server CPU s", "server_cpu_s", 1),
        _figure("virtual s", "virtual_time_s", 1),
    ]


def _kb_to(target: float) -> Column:
    text = f"{target:.2f}" if round(target, 2) == target else f"{target:g}"
    return f"kB to {text}", lambda arm: _at(arm.reached(target), lambda m: f"{m.sent_bytes / 1000:.1f}")


def _trades(panel: Panel) -> list[Column]:
    return [
        _figure("global", "global_accuracy", 3),
        _figure("kB a site", "bytes_per_site", 1, 1 / 1000),
        _figure("clients' CPU s", CLIENT_CPU, 1),
        ("Pareto", lambda arm: _front(panel, arm)),
        ("dominated by", lambda arm: _names(panel.dominators.get(arm.name, ()))),
        *(_score(panel, name) for name in ("RES", "PQS", "CES", "UES")),
    ]


def _trade_note(panel: Panel) -> str:
    return (
        "Pareto: no other arm is at least as good in mean accuracy, bytes and clients' CPU (training and search) and "
        f"better in one of them. Scores in the spirit of FedKDNAS, relative to {panel.reference}: RES clients' CPU, "
        "lower is better; PQS accuracy; CES inverse bytes; UES = PQS x CES / RES."
    )


def _figure(head: str, name: str, digits: int, scale: float = 1.0) -> Column:
    return head, lambda arm: _estimate(arm.figure(name), digits, scale)


def _score(panel: Panel, name: str) -> Column:
    def cell(arm: ArmResult) -> str:
        found = panel.scores(arm)
        return f"{getattr(found, name.lower()):.3g}" if found else "-"

    return name, cell


def _estimate(figure: Estimate | None, digits: int, scale: float = 1.0, sign: str = "") -> str:
    if figure is None:
        return "-"
    error = "" if figure.error is None else f" ± {figure.error * scale:.{digits}f}"
    return f"{figure.mean * scale:{sign}.{digits}f}{error}"


def _difference(figure: Estimate | None) -> str:
    return "-" if figure is None else f"{_estimate(figure, 3, sign='+')} (n = {figure.seeds})"


def _at(milestone: Milestone | None, text: Callable[[Milestone], str]) -> str:
    return "-" if milestone is None else text(milestone)


def _seeds(panel: Panel, arm: ArmResult) -> str:
    done = len(arm.summaries)
    return str(done) if done == panel.seeds else f"{done} of {panel.seeds}"


def _front(panel: Panel, arm: ArmResult) -> str:
    if arm.name in panel.bounds:
        return "bound"
    return "-" if arm.name not in panel.dominators else "no" if panel.dominators[arm.name] else "yes"


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
