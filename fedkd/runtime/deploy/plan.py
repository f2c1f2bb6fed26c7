"""What an aggregator is told of the federation that it serves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from fedkd.federation import Aggregation
from fedkd.runtime.deploy.inbox import Contribution


class Plan(Protocol):
    """A federation, as far as an aggregator needs to know it."""

    @property
    def sites(self) -> tuple[str, ...]:
        """Names, in the agreed order."""
        ...

    @property
    def rounds(self) -> int:
        """Number of rounds."""
        ...

    @property
    def agreement(self) -> str:
        """Digest of everything that both ends must share."""
        ...

    @property
    def public_set(self) -> str:
        """Digest of the public set."""
        ...

    def check_device(self, device: str) -> None:
        """Refuse what describes no device.

        Raises:
            ConfigError: It cannot be read.
        """
        ...

    def list_networks(self, devices: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
        """Networks among which each site may choose, as JSON.

        Args:
            devices: Of each site that has joined, as it described it.
        """
        ...

    def aggregation(self, enrolled: Mapping[str, tuple[str, int]]) -> Aggregation:
        """The server half.

        Args:
            enrolled: Network as JSON and number of samples of each site.
        """
        ...

    def closed(
        self, round_: int, facts: Mapping[str, object], said: Mapping[str, Contribution], aggregation: Aggregation
    ) -> None:
        """A round is over. It may be said again, by a process that goes on where this one ended."""
        ...

    def left(self, site: str, figures: Mapping[str, float], sent: int) -> None:
        """A site says goodbye.

        Args:
            site: Its name.
            figures: Of the network that it ends with.
            sent: Bytes that it was answered with since the last round was closed.
        """
        ...
