"""When a site searches again, and how it moves to another network without forgetting.

FedKDNAS selects in every round, which throws weights away at each switch. Here a site selects once and again only
on a trigger; it then distils its old network into the new one before it goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sim.device import Budget, DeviceProfile


@dataclass(frozen=True)
class BudgetChange:
    """From a round on, a class of devices has another Budget (a phone that shares its memory, a new board).

    Attributes:
        round: The change takes effect after this round.
        device: Name of the class.
        budget: The new limits.
    """

    round: int
    device: str
    budget: Budget

    def __post_init__(self) -> None:
        if self.round < 1:
            raise ValueError(f"a budget changes after round {self.round}, which is not a round")


@dataclass(frozen=True)
class Again:
    """Triggers of a new search.

    Attributes:
        plateau: A site searches again when its validation accuracy has not risen for so many rounds; 0 never.
        changes: Changes of budgets; every site with such a device searches again.
        warm_steps: Steps of distilling the old network into the new one on the public set.
    """

    plateau: int = 0
    changes: tuple[BudgetChange, ...] = ()
    warm_steps: int = 100

    def __post_init__(self) -> None:
        if self.plateau < 0 or self.warm_steps < 0:
            raise ValueError("plateau and warm_steps must not be negative")

    def device_after(self, device: DeviceProfile, round_: int) -> DeviceProfile:
        """The device as it is after a round: the latest change counts."""
        for change in sorted(self.changes, key=lambda c: c.round):
            if change.device == device.name and change.round <= round_:
                device = replace(device, budget=change.budget)
        return device

    def due(self, device: DeviceProfile, accuracies: tuple[float, ...], round_: int) -> str | None:
        """Why a site searches again after a round, or None.

        Args:
            device: Its device.
            accuracies: Its validation accuracy after every round so far since its last search.
            round_: The round that is over.
        """
        if any(c.device == device.name and c.round == round_ for c in self.changes):
            return f"the budget of {device.name} changed"
        if self.plateau and len(accuracies) > self.plateau:
            best_before = max(accuracies[: -self.plateau])
            if max(accuracies[-self.plateau :]) <= best_before:
                return f"validation accuracy has not risen for {self.plateau} rounds"
        return None
