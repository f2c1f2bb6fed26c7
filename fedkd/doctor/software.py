"""Python, and the packages that fedkd stands on, against what its metadata ask for."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata, requires, version

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from fedkd.doctor.finding import Finding

SHOWN = ("torch", "grpcio", "protobuf", "cryptography", "flwr")
"""Named also where all is well."""


def check_python(found: str = platform.python_version()) -> Iterator[Finding]:
    """Whether this Python is new enough."""
    wanted = metadata("fedkd")["Requires-Python"]
    if SpecifierSet(wanted).contains(found, prereleases=True):
        yield Finding("python", "ok", f"{found}, wanted {wanted}")
    else:
        yield Finding("python", "failed", f"{found}, wanted {wanted}", "install another Python")


def check_packages(needs: list[str] | None = None) -> Iterator[Finding]:
    """Whether every package that a deployment needs is there, in a version that is supported.

    Args:
        needs: Requirements; those of fedkd if None. The extra `metrics` is asked for by `--metrics` only, so its
            packages may be missing, but not be too old. Other extras are none of a deployment's.
    """
    for need in map(Requirement, needs if needs is not None else requires("fedkd") or []):
        if need.marker is None or need.marker.evaluate({"extra": ""}):
            yield from _package(need, needed=True)
        elif need.marker.evaluate({"extra": "metrics"}):
            yield from _package(need, needed=False)


def _package(need: Requirement, needed: bool) -> Iterator[Finding]:
    fix = f"pip install '{need.name}{need.specifier}'"
    try:
        found = version(need.name)
    except PackageNotFoundError:
        if needed:
            yield Finding(need.name, "failed", "not installed", fix)
        return
    if not need.specifier.contains(found, prereleases=True):
        yield Finding(need.name, "failed", f"{found}, supported {need.specifier}", fix)
    elif need.name in SHOWN:
        yield Finding(need.name, "ok", f"{found}, supported {need.specifier}")
