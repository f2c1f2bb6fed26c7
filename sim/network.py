"""Links: when N bytes arrive."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Link:
    """The path between one site and the aggregator. Both directions have the same latency.

    Attributes:
        latency_us: One-way delay of the first byte, microseconds.
        up_bytes_per_s: Bandwidth towards the aggregator.
        down_bytes_per_s: Bandwidth towards the site.
    """

    latency_us: int
    up_bytes_per_s: float
    down_bytes_per_s: float

    def __post_init__(self) -> None:
        # Less than a byte a second is a typing error, and would overflow the clock.
        if self.latency_us < 0 or self.up_bytes_per_s < 1 or self.down_bytes_per_s < 1:
            raise ValueError("a link needs latency_us >= 0 and bandwidths of at least 1 byte a second")

    def up_us(self, size: int) -> int:
        """Microseconds until the last of `size` bytes reaches the aggregator."""
        return self.latency_us + math.ceil(size * 1e6 / self.up_bytes_per_s)

    def down_us(self, size: int) -> int:
        """Microseconds until the last of `size` bytes reaches the site."""
        return self.latency_us + math.ceil(size * 1e6 / self.down_bytes_per_s)
