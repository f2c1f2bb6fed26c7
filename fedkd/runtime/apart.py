"""What the runtimes have in common whose sites are processes of their own."""

from __future__ import annotations

from dataclasses import dataclass

from fedkd.runtime.local import LocalRuntime


@dataclass(frozen=True)
class Apart:
    """Settings of each end.

    Attributes:
        cohort: Most networks that the aggregator trains in one vectorised program; a site has one network.
        device: `cpu`, `cuda`, or `auto` for CUDA where there is one.
        threads: torch threads a process.
        round_s: Seconds that a round may take, training included.
    """

    cohort: int = 1
    device: str = "cpu"
    threads: int = 1
    round_s: float = 600.0

    def __post_init__(self) -> None:
        self.end()
        if not self.round_s > 0:
            raise ValueError(f"round_s={self.round_s} must be above 0")

    def resolved_device(self) -> str:
        """The torch device to use.

        Raises:
            DeviceUnavailableError: CUDA was asked for and is not there.
        """
        return self.end().resolved_device()

    def warm_up(self) -> None:
        """Nothing that could be got ready before there are data."""

    def end(self) -> LocalRuntime:
        """One end, in its own process."""
        return LocalRuntime(self.cohort, processes=1, device=self.device, threads=self.threads)
