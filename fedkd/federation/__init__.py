"""Sites, rounds, evaluation, checkpoints: the loop that every runtime runs."""

from fedkd.federation.assemble import Parts, assemble, base_store, fleet, histograms, search
from fedkd.federation.federation import Federation, RoundReport
from fedkd.federation.snapshot import restore, snapshot, snapshot_specs

__all__ = [
    "Federation",
    "Parts",
    "RoundReport",
    "assemble",
    "base_store",
    "fleet",
    "histograms",
    "restore",
    "search",
    "snapshot",
    "snapshot_specs",
]
