"""Client-side distillation: what a network is asked to match, how strongly, and who teaches it."""

from fedkd.distill.aligners import Aligner, LabelMap
from fedkd.distill.cist import Cist
from fedkd.distill.losses import (
    FEATURES,
    KNOWN,
    LABEL,
    PROTOTYPE,
    TEACHER,
    CrossEntropy,
    LossTerm,
    MeanAbsoluteError,
    PrototypeDistance,
    SoftCrossEntropy,
)
from fedkd.distill.mixing import ConfidenceMixing, CurriculumMixing, EntropyMixing, StaticMixing
from fedkd.distill.objective import Objective, hard_labels, soft_labels
from fedkd.distill.policies import Constant, Policy, Weighted, Weights
from fedkd.distill.teachers import Teacher

__all__ = [
    "FEATURES",
    "KNOWN",
    "LABEL",
    "PROTOTYPE",
    "TEACHER",
    "Aligner",
    "Cist",
    "ConfidenceMixing",
    "Constant",
    "CrossEntropy",
    "CurriculumMixing",
    "EntropyMixing",
    "LabelMap",
    "LossTerm",
    "MeanAbsoluteError",
    "Objective",
    "Policy",
    "PrototypeDistance",
    "SoftCrossEntropy",
    "StaticMixing",
    "Teacher",
    "Weighted",
    "Weights",
    "hard_labels",
    "soft_labels",
]
