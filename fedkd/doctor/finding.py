"""What a check found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from fedkd.errors import FedkdError

Verdict = Literal["ok", "warning", "failed"]


@dataclass(frozen=True)
class Finding:
    """A line of the report.

    Attributes:
        check: What was looked at.
        verdict: "warning" for what may be meant so.
        what: What was found.
        fix: What to do about it; empty where all is well.
    """

    check: str
    verdict: Verdict
    what: str
    fix: str = ""


def caught(check: str, work: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """The findings of a check; an error of ours is one of them, and ends it."""
    try:
        yield from work()
    except FedkdError as error:
        yield Finding(check, "failed", error.what, error.fix)
