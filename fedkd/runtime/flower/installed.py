"""The Flower that is installed: which versions are tested, what must be switched off, what its error codes mean.

Everything that is private or unwritten about Flower stands here, so that a new version is one file to look at.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from fedkd.errors import MissingExtraError, VersionError

TESTED = ("1.41.",)
"""Beginnings of the versions that the tests ran with."""

RAISED, NODE_GONE, APP_GONE = 2, 5, 8
"""Codes of errors in replies: the ClientApp raised, its SuperNode is gone, its process does not answer. In a
simulation, a process that died is 0."""

QUIET: Mapping[str, str] = {
    "FLWR_TELEMETRY_ENABLED": "0",
    "FLWR_DISABLE_UPDATE_CHECK": "1",
    "FLWR_DISABLE_RUNTIME_DEPENDENCY_INSTALLATION": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
}
"""Environment of every process of Flower: it tells nobody what it does, and installs nothing."""


def quiet(home: Path) -> dict[str, str]:
    """Environment of a process of Flower that keeps its files in a folder of ours."""
    return {**QUIET, "FLWR_HOME": str(home.absolute())}


def check_flower(simulation: bool = False) -> None:
    """Refuse to begin with a Flower other than those that were tested, or to simulate without Ray.

    Args:
        simulation: Whether its simulation, which needs Ray, is wanted.

    Raises:
        VersionError: It is of another version.
        MissingExtraError: Ray is not installed.
    """
    found = metadata.version("flwr")
    if not found.startswith(TESTED):
        tested = " or ".join(f"{start}*" for start in TESTED)
        raise VersionError(f"flwr {found} is installed, fedkd was tested with {tested}", f"install flwr=={TESTED[-1]}*")
    if simulation and find_spec("ray") is None:
        raise MissingExtraError("runtime=flower needs Ray", "install it with pip install 'fedkd[ray]'")
