"""What a server does with many Knowledges: guard, align, fuse, smooth."""

from fedkd.aggregate.contradiction import ContradictionFilter, contradictions
from fedkd.aggregate.count_vote import CountVote
from fedkd.aggregate.cronus import Cronus
from fedkd.aggregate.enhanced_era import EnhancedEra
from fedkd.aggregate.entropy import Entropy, certainty
from fedkd.aggregate.era import Era
from fedkd.aggregate.exp_weights import ExpWeights
from fedkd.aggregate.geometric_median import GeometricMedian
from fedkd.aggregate.mad import MadFilter, site_distances
from fedkd.aggregate.majority import Majority
from fedkd.aggregate.mean import Mean
from fedkd.aggregate.median import Median
from fedkd.aggregate.prior_corrected import PriorCorrected
from fedkd.aggregate.smoothing import MovingAverage
from fedkd.aggregate.staleness import Staleness
from fedkd.aggregate.trimmed_mean import TrimmedMean
from fedkd.aggregate.votes import Fusion, Guard, Memory, Table, Votes, gather, weighted_mean
from fedkd.aggregate.weights import apply_update, difference, mean_arrays

__all__ = [
    "ContradictionFilter",
    "CountVote",
    "Cronus",
    "EnhancedEra",
    "Entropy",
    "Era",
    "ExpWeights",
    "Fusion",
    "GeometricMedian",
    "Guard",
    "MadFilter",
    "Majority",
    "Mean",
    "Median",
    "Memory",
    "MovingAverage",
    "PriorCorrected",
    "Staleness",
    "Table",
    "TrimmedMean",
    "Votes",
    "apply_update",
    "certainty",
    "contradictions",
    "difference",
    "gather",
    "mean_arrays",
    "site_distances",
    "weighted_mean",
]
