"""Where a round of ours goes: the processor seconds of its parts, by a profile of the whole run in one process."""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType
from typing import Any

from fedkd.federation import Federation, snapshot
from fedkd.federation.evaluation import Evaluation
from fedkd.federation.exchange import Exchange
from fedkd.record import Run
from fedkd.runtime.local import InProcess

Caller = tuple[str, int, str]


@dataclass(frozen=True)
class Share:
    """A part of the rounds.

    Attributes:
        name: Of the part.
        seconds: Processor time in it, the profiler's own included.
    """

    name: str
    seconds: float


def shares(profile: cProfile.Profile) -> list[Share]:
    """The parts of all rounds together; what is in none of them is the last, `other`."""
    # Callers and times of every function; its stubs hide the one attribute that says so.
    stats: dict[Caller, Any] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    steps, evaluation = _cumulative(stats, Federation.step), _cumulative(stats, Evaluation.rows)
    asked = _cumulative(stats, InProcess.run, within=Evaluation.rows.__code__.co_filename)
    record = sum(_cumulative(stats, part) for part in (Run.save, Run.record_round, snapshot))
    parts = [
        Share("training, asking and the server's work", _cumulative(stats, InProcess.run) - asked),
        Share("evaluation of every site", evaluation),
        Share("encoding, counting, decoding and checking messages", _cumulative(stats, Exchange.carry)),
        Share("journals and checkpoints", record),
    ]
    return [*parts, Share("other", max(steps + record - sum(part.seconds for part in parts), 0.0))]


def _cumulative(stats: dict[Caller, Any], function: Callable[..., Any], within: str | None = None) -> float:
    """Seconds in a function, of all calls or of those from a file."""
    code: CodeType = function.__code__
    _, _, _, seconds, callers = stats.get((code.co_filename, code.co_firstlineno, code.co_name), (0, 0, 0, 0.0, {}))
    if within is None:
        return float(seconds)
    return float(sum(times[3] for (file, _, _), times in callers.items() if file == within))
