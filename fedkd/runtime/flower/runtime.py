"""The Flower runtime: sites are virtual SuperNodes of Flower's simulation, on Ray."""

from __future__ import annotations

from dataclasses import dataclass

from fedkd.runtime.apart import Apart


@dataclass(frozen=True)
class FlowerRuntime(Apart):
    """Settings of a simulation by Flower; one message a round and site.

    Attributes:
        cpus: CPUs of each site's process; Ray runs as many at a time as there are.
        gpus: Share of a GPU of each.
        ray: Address of a Ray cluster that runs already; None starts one here. Its machines must see the run directory.
    """

    cpus: float = 1.0
    gpus: float = 0.0
    ray: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.cpus <= 0 or self.gpus < 0:
            raise ValueError(f"cpus={self.cpus} must be above 0, and gpus={self.gpus} at least 0")
