"""When rounds end in a deployment."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Rules:
    """How long the aggregator waits, and for whom.

    A round ends when every site that is there has spoken and the quorum has, or at its deadline if the quorum has.
    Below the quorum it is extended; after `extensions` the run is aborted, and says who is missing.

    Attributes:
        quorum: Share of the enrolled sites without whom no round ends, in (0, 1].
        round_s: Deadline of a round.
        extensions: How often a deadline may pass below the quorum.
        gather_s: How long sites may take to join and to choose their networks.
        lease_s: A site that has not called for so long is not waited for.
        max_bytes: Most bytes that a site may send at one time.
        max_arriving: Most bytes of all sites that arrive at one time; a single push is taken all the same.
        call_s: How long a push may take whatever its size.
        bytes_per_s: Slowest rate at which its bytes may come beyond that.
    """

    quorum: float = 2 / 3
    round_s: float = 60.0
    extensions: int = 10
    gather_s: float = 300.0
    lease_s: float = 10.0
    max_bytes: int = 2**26
    max_arriving: int = 2**30
    call_s: float = 10.0
    bytes_per_s: float = 1e4

    def __post_init__(self) -> None:
        if not 0 < self.quorum <= 1:
            raise ValueError(f"quorum={self.quorum} must be above 0 and at most 1")
        if min(self.round_s, self.gather_s, self.lease_s) <= 0 or self.extensions < 0 or self.max_bytes < 1:
            raise ValueError(
                f"round_s={self.round_s}, gather_s={self.gather_s} and lease_s={self.lease_s} must be above 0, "
                f"extensions={self.extensions} at least 0, and max_bytes={self.max_bytes} at least 1"
            )
        if min(self.max_arriving, self.call_s, self.bytes_per_s) <= 0:
            what = f"max_arriving={self.max_arriving}, call_s={self.call_s} and bytes_per_s={self.bytes_per_s}"
            raise ValueError(f"{what} must be above 0")

    def needed(self, enrolled: int) -> int:
        """How many of so many sites are a quorum; at least one."""
        # 2/3 of 3 are 2, whatever floating point makes of it.
        return max(1, math.ceil(self.quorum * enrolled - 1e-9))
