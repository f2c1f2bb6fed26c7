"""What every runtime can say: how one end of a federation does its own work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from fedkd.runtime.local import LocalRuntime


@runtime_checkable
class Runtime(Protocol):
    """Where the work of a federation is done."""

    @property
    def cohort(self) -> int:
        """Most networks that one end trains in one vectorised program."""
        ...

    def resolved_device(self) -> str:
        """The torch device to use.

        Raises:
            DeviceUnavailableError: It is not there.
        """
        ...

    def warm_up(self) -> None:
        """Let what takes long to start get ready while its owner does something else; returns at once."""
        ...

    def end(self) -> LocalRuntime:
        """How an end that is on its own, a site's or the aggregator's, does its work: in its own process."""
        ...
