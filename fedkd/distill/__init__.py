"""Client-side distillation: what a network is asked to match, how strongly, and who teaches it."""

from fedkd.distill.aligners import Aligner, LabelMap
from fedkd.distill.losses import LABEL, TEACHER, CrossEntropy, LossTerm, MeanAbsoluteError, SoftCrossEntropy
from fedkd.distill.objective import Objective, hard_labels, soft_labels
from fedkd.distill.policies import Constant, Policy, Weights
from fedkd.distill.teachers import Teacher

__all__ = [
    "LABEL",
    "TEACHER",
    "Aligner",
    "Constant",
    "CrossEntropy",
    "LabelMap",
    "LossTerm",
    "MeanAbsoluteError",
    "Objective",
    "Policy",
    "SoftCrossEntropy",
    "Teacher",
    "Weights",
    "hard_labels",
    "soft_labels",
]
