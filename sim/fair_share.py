"""Fair sharing: when flows are through that pass one bottleneck together.

A fluid model. Every flow has an access of its own, all equally fast, and all pass one shared capacity, so the max-min
fair rate (Bertsekas and Gallager, Data Networks, 2nd ed. 1992, section 6.5) of each of n flows is min(own, shared / n).
As all flows get the same, it is enough to keep how much one flow that was always there would have got (the virtual
time of Parekh and Gallager, IEEE/ACM Transactions on Networking 1(3), 1993): a flow is through when that has grown by
its size, and the flow with the lowest such mark is the next.

Rounding: a flow keeps its share until the end of the microsecond in which its last byte passes. So rates change at
whole microseconds only, and in between all is computed in whole numbers, without any error.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

SECOND_US = 1_000_000


@dataclass(frozen=True)
class Flow:
    """Bytes that pass the bottleneck.

    Attributes:
        start_us: When the first byte may pass.
        size: Number of bytes.
    """

    start_us: int
    size: int


def finish_us(flows: Sequence[Flow], own_bytes_per_s: float, shared_bytes_per_s: float) -> list[int]:
    """When the last byte of each flow has passed. Takes about n log n steps for n flows.

    Args:
        flows: In any order.
        own_bytes_per_s: What a flow gets at most.
        shared_bytes_per_s: What all that are in flight get together at most.

    Returns:
        Microseconds, rounded up to a whole one, in the order of `flows`.
    """
    own, shared = Fraction(own_bytes_per_s), Fraction(shared_bytes_per_s)
    # In parts of a byte so small that every rate is a whole number of parts a microsecond, however many share.
    parts = math.lcm(*range(1, len(flows) + 1)) * math.lcm(own.denominator, shared.denominator)
    own_parts, shared_parts = int(own * parts), int(shared * parts)
    finish = [0] * len(flows)
    coming = deque(sorted(range(len(flows)), key=lambda i: flows[i].start_us))
    flying: list[tuple[int, int]] = []
    now_us = passed = 0
    while coming or flying:
        rate = min(own_parts, shared_parts // max(1, len(flying)))
        next_us = [flows[coming[0]].start_us] if coming else []
        if flying:
            next_us.append(now_us + _ceil(flying[0][0] - passed, rate))
        passed += rate * (min(next_us) - now_us)
        now_us = min(next_us)
        while flying and flying[0][0] <= passed:
            finish[heapq.heappop(flying)[1]] = now_us
        while coming and flows[coming[0]].start_us == now_us:
            i = coming.popleft()
            heapq.heappush(flying, (passed + flows[i].size * parts * SECOND_US, i))
    return finish


def alone_us(size: int, bytes_per_s: float) -> int:
    """Microseconds that `size` bytes take at a rate, without any error, rounded up to a whole one."""
    numerator, denominator = bytes_per_s.as_integer_ratio()
    return _ceil(size * SECOND_US * denominator, numerator)


def _ceil(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)
