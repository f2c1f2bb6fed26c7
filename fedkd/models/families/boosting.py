"""Gradient boosting (Friedman 2001); see `fedkd.models.boosting`."""

from __future__ import annotations

from fedkd.models.boosting_learner import OPTIONS, BoostingLearner, boosting_size
from fedkd.models.family import ANY
from fedkd.models.learner import LearnerFamily

FAMILY = LearnerFamily("boosting", ANY, OPTIONS, BoostingLearner, boosting_size)
