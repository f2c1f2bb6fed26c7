"""Client-side distillation: what a network is asked to match, how strongly, and who teaches it."""

from fedkd.distill.losses import LABEL, TEACHER, CrossEntropy, LossTerm, MeanAbsoluteError, SoftCrossEntropy
from fedkd.distill.objective import Objective, hard_labels, soft_labels
from fedkd.distill.policies import Constant, Policy, Weights

__all__ = [
    "LABEL",
    "TEACHER",
    "Constant",
    "CrossEntropy",
    "LossTerm",
    "MeanAbsoluteError",
    "Objective",
    "Policy",
    "SoftCrossEntropy",
    "Weights",
    "hard_labels",
    "soft_labels",
]
