"""Packages of our names that lie elsewhere on Python's path: CARLA's own folder has an `agents`, for one."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import fedkd
from fedkd.doctor.finding import Finding

NAMES = ("fedkd", "sim", "agents")


def check_shadows(path: Sequence[str] | None = None) -> Iterator[Finding]:
    """Whether `import sim` and `import agents` mean ours.

    Args:
        path: Where Python looks, in order; its own if None.
    """
    home = Path(fedkd.__file__).resolve().parents[1]
    for name in NAMES:
        looked = [Path(entry or ".").resolve() for entry in (path or sys.path)]
        places = [place for place in looked if _holds(place, name)]
        strange = [place for place in dict.fromkeys(places) if place != home]
        if not strange:
            continue
        fix = f"take {strange[0]} off PYTHONPATH, or put it at its end"
        if places[0] != home and _holds(home, name):
            yield Finding("path", "failed", f"`import {name}` finds the one in {strange[0]}, not ours", fix)
        else:
            yield Finding("path", "warning", f"another `{name}` lies in {strange[0]}", fix)


def _holds(place: Path, name: str) -> bool:
    package = place / name
    return (place / f"{name}.py").is_file() or (package.is_dir() and any(package.glob("*.py")))
