"""The small data sets that scikit-learn carries in its package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from fedkd.data.build import Labelled, build_corpus
from fedkd.data.examples import Corpus
from fedkd.errors import OutOfRangeError

_LOADERS = {"digits": "load_digits", "breast_cancer": "load_breast_cancer", "wine": "load_wine"}


@dataclass(frozen=True)
class SklearnTable:
    """UCI data sets without a test set of their own.

    Attributes:
        name: `digits`: 1797 images [N, 1, 8, 8], whose range 0..16 becomes -1..1 (UCI optdigits, 10 classes).
            `breast_cancer`: [569, 30], 2 classes. `wine`: [178, 13], 3 classes. The tables are given raw; set
            `split.standardise`, which fits on the public set and on nothing else.
    """

    name: Literal["digits", "breast_cancer", "wine"]

    def __post_init__(self) -> None:
        if self.name not in _LOADERS:
            raise OutOfRangeError(f"source.name is {self.name!r}", f"choose one of {', '.join(_LOADERS)}")

    def load(self) -> Corpus:
        """See Source."""
        # Imported here, because scikit-learn costs a second and most sources need none of it.
        import sklearn.datasets

        inputs, targets = getattr(sklearn.datasets, _LOADERS[self.name])(return_X_y=True)
        if self.name == "digits":
            inputs = inputs.reshape(-1, 1, 8, 8) / 8 - 1
        return build_corpus(self.name, Labelled(inputs, targets), None, classes=len(np.unique(targets)))
