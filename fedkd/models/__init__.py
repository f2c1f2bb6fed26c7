"""Networks and tree learners: a spec names one, a family builds it, and arrays carry its weights.

`arch` holds the name, `lookup` finds its family in `families/`, `build` and `learner` make models,
`stateless` does so for callers that keep the arrays, `cost` counts, `weights` and `weight_files` store,
`transform` changes. scikit-learn is loaded only when a spec asks for trees.
"""

from fedkd.models.arch import ArchSpec
from fedkd.models.cost import Cost, measure, step_bytes
from fedkd.models.learner import Learner, make_learner
from fedkd.models.lookup import complete
from fedkd.models.network import Network
from fedkd.models.stateless import (
    fit_forest,
    forest_probabilities,
    initial_arrays,
    is_forest,
    skeleton,
)
from fedkd.models.transform import Int8Weights, Transform
from fedkd.models.vectorise import vectorises
from fedkd.models.weight_files import load_weights, save_weights
from fedkd.models.weights import Arrays, fingerprint, from_arrays, to_arrays

__all__ = [
    "ArchSpec",
    "Arrays",
    "Cost",
    "Int8Weights",
    "Learner",
    "Network",
    "Transform",
    "complete",
    "fingerprint",
    "fit_forest",
    "forest_probabilities",
    "from_arrays",
    "initial_arrays",
    "is_forest",
    "load_weights",
    "make_learner",
    "measure",
    "save_weights",
    "skeleton",
    "step_bytes",
    "to_arrays",
    "vectorises",
]
