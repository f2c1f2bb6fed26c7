"""The deployed runtime: an aggregator and sites as they run on real machines, all of them here."""

from __future__ import annotations

from dataclasses import dataclass

from fedkd.runtime.apart import Apart


@dataclass(frozen=True)
class DeployRuntime(Apart):
    """Settings of a deployment on this machine, over TLS on loopback, with certificates of its own.

    Attributes:
        flower: Whether a SuperLink and SuperNodes start the sites; otherwise they are started directly.
    """

    flower: bool = True
