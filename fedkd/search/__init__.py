"""On-device architecture search: space, budget, proxies, strategies."""

from fedkd.search.again import Again, BudgetChange
from fedkd.search.halving import OnDevice
from fedkd.search.nsga2 import Nsga2
from fedkd.search.select import Entrant, Listing, Selection, cheapest_first, list_networks, select
from fedkd.search.space import ListedSpace, SearchSpace, StandardSpace
from fedkd.search.strategy import (
    Choice,
    Contest,
    Fixed,
    Largest,
    RandomChoice,
    SearchStrategy,
    Smallest,
    Trials,
)

__all__ = [
    "Again",
    "BudgetChange",
    "Choice",
    "Contest",
    "Entrant",
    "Fixed",
    "Largest",
    "ListedSpace",
    "Listing",
    "Nsga2",
    "OnDevice",
    "RandomChoice",
    "SearchSpace",
    "SearchStrategy",
    "Selection",
    "Smallest",
    "StandardSpace",
    "Trials",
    "cheapest_first",
    "list_networks",
    "select",
]
