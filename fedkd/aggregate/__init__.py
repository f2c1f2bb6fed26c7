"""What a server does with many Knowledges: guard, align, fuse, smooth."""

from fedkd.aggregate.entropy import Entropy, certainty
from fedkd.aggregate.mad import MadFilter, site_distances
from fedkd.aggregate.mean import Mean
from fedkd.aggregate.smoothing import MovingAverage
from fedkd.aggregate.votes import Fusion, Guard, Votes, gather, weighted_mean
from fedkd.aggregate.weights import apply_update, difference, mean_arrays

__all__ = [
    "Entropy",
    "Fusion",
    "Guard",
    "MadFilter",
    "Mean",
    "MovingAverage",
    "Votes",
    "apply_update",
    "certainty",
    "difference",
    "gather",
    "mean_arrays",
    "site_distances",
    "weighted_mean",
]
