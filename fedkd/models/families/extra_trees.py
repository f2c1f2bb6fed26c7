"""Extremely randomised trees (Geurts et al. 2006); see `fedkd.models.forests`."""

from __future__ import annotations

from functools import partial

from sklearn.ensemble import ExtraTreesRegressor

from fedkd.models.family import ANY
from fedkd.models.forests import OPTIONS, ForestLearner, forest_size
from fedkd.models.learner import LearnerFamily

FAMILY = LearnerFamily("extra_trees", ANY, OPTIONS, partial(ForestLearner, ExtraTreesRegressor), forest_size)
