"""How far a comparison is, and what did not finish."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass

from fedkd.comparison.plan import Trial
from fedkd.comparison.remaining import UnderWay
from fedkd.errors import FedkdError


@dataclass(frozen=True)
class Failure:
    """A run that ended with an error.

    Attributes:
        name: Of the run.
        what: One line.
        code: Exit code of the error; 1 of one that should not happen.
        trace: Where it happened.
    """

    name: str
    what: str
    code: int
    trace: str


@dataclass(frozen=True)
class State:
    """How far a comparison is.

    Attributes:
        finished: Runs that are over, failed ones and those of earlier starts included.
        total: All runs.
        running: What runs now.
        ended: The run that has just ended, or None.
        left_s: Seconds until all are over, or None while nobody can know.
    """

    finished: int
    total: int
    running: tuple[UnderWay, ...]
    ended: Trial | None
    left_s: float | None


@dataclass(frozen=True)
class Ended:
    """What did not finish.

    Attributes:
        diverged: Why, by name: a setting that is too bold is a result of a comparison, not the end of it.
        failed: Runs with any other error.
    """

    diverged: Mapping[str, str]
    failed: tuple[Failure, ...]


def failure(name: str, error: BaseException) -> Failure:
    """The failure that an error is of the run of this name."""
    code = error.code if isinstance(error, FedkdError) else 1
    what = f"error {code}: {error}" if code != 1 else f"{type(error).__name__}: {error}"
    return Failure(name, " ".join(what.split()), code, "".join(traceback.format_exception(error)))
