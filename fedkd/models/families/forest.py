"""Random forest (Breiman 2001); see `fedkd.models.forests`."""

from __future__ import annotations

from functools import partial

from sklearn.ensemble import RandomForestRegressor

from fedkd.models.family import ANY
from fedkd.models.forests import OPTIONS, ForestLearner, forest_size
from fedkd.models.learner import LearnerFamily

FAMILY = LearnerFamily("forest", ANY, OPTIONS, partial(ForestLearner, RandomForestRegressor), forest_size)
