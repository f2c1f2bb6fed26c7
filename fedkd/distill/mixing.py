"""Mixing policies (extension point E6): how much of a sample's supervision is soft, how much hard.

Bridge-Garden hybrid supervision (arXiv 2605.26246): the term named "soft" counts lambda, the one named "hard"
1 - lambda. Soft labels keep what a teacher finds equally good (gardens); hard ones make sure of what must be right
(bridges). The hard label is whatever `targets['label']` holds: the teacher's most likely class or the true one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from fedkd.distill.losses import TEACHER
from fedkd.distill.policies import Weights


@dataclass(frozen=True)
class StaticMixing:
    """The same lambda for every sample.

    Attributes:
        share: lambda, in [0, 1].
    """

    share: float = 0.5

    def __post_init__(self) -> None:
        _require_share("share", self.share)

    def __call__(self, logits: Tensor, targets: Mapping[str, Tensor]) -> Weights:
        """One weight for all samples."""
        return _mixed(self.share)


@dataclass(frozen=True)
class ConfidenceMixing:
    """lambda = 1 - max p_T: the surer the teacher, the harder the label."""

    def __call__(self, logits: Tensor, targets: Mapping[str, Tensor]) -> Weights:
        """Weights [..., B] from `targets['teacher']` [..., B, C]."""
        return _mixed(1 - targets[TEACHER].amax(-1))


@dataclass(frozen=True)
class EntropyMixing:
    """lambda = H(p_T) / log C: 0 where the teacher is certain, 1 where all C classes are equally good to it."""

    def __call__(self, logits: Tensor, targets: Mapping[str, Tensor]) -> Weights:
        """Weights [..., B] from `targets['teacher']` [..., B, C]."""
        teacher = targets[TEACHER]
        return _mixed(torch.special.entr(teacher).sum(-1) / math.log(teacher.shape[-1]))


@dataclass(frozen=True)
class CurriculumMixing:
    """lambda(t) = most min(t / ramp, 1): hard labels first, soft ones once these are learnt.

    A policy sees no clock, so a curriculum is several jobs in a row, each `at` its own time.

    Attributes:
        most: lambda at the end, in [0, 1].
        ramp: Time at which lambda has grown to `most`, in (0, 1].
        time: Share of the training that is over, in [0, 1].
    """

    most: float = 1.0
    ramp: float = 1.0
    time: float = 0.0

    def __post_init__(self) -> None:
        _require_share("most", self.most)
        _require_share("time", self.time)
        if not 0 < self.ramp <= 1:
            raise ValueError(f"ramp={self.ramp} must be above 0 and at most 1")

    def at(self, time: float) -> CurriculumMixing:
        """The same curriculum at another time."""
        return replace(self, time=time)

    def __call__(self, logits: Tensor, targets: Mapping[str, Tensor]) -> Weights:
        """One weight for all samples."""
        return _mixed(self.most * min(self.time / self.ramp, 1.0))


def _mixed(soft: float | Tensor) -> Weights:
    return Weights(terms={"soft": soft, "hard": 1 - soft})


def _require_share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"{name}={value} must be in [0, 1]")
