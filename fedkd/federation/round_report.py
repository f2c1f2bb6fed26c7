"""What happened in one round."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RoundReport:
    """What happened in one round.

    Attributes:
        round_: From 1.
        rows: One row of figures a site; all follow from the seed.
        facts: What the server noted (sites put aside, distances, who was missing).
        train_cpu_s: CPU seconds of the sites' training.
        server_cpu_s: CPU seconds of the server's training.
        search_cpu_s: CPU seconds of sites that searched again.
    """

    round_: int
    rows: tuple[dict[str, object], ...]
    facts: dict[str, object]
    train_cpu_s: float
    server_cpu_s: float
    search_cpu_s: float = 0.0
