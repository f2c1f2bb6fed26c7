"""Teachers that are models of ours."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from fedkd.errors import ArchitectureError
from fedkd.learning.job import Model
from fedkd.learning.learner import Learner
from fedkd.models import load_weights


@dataclass(frozen=True)
class FileTeacher:
    """A network or tree ensemble trained elsewhere, such as a file of a run's `networks/`.

    FedKDNAS's optional fixed teacher (arXiv 2605.21322) is one; what it was trained on decides whether a comparison
    is fair: a teacher that saw labels of the public set passes them on.

    Attributes:
        path: A weights file.
        classes: Number of classes that it tells apart.
        temperature: Softens its probabilities.
    """

    path: str
    classes: int
    temperature: float = 1.0

    def __post_init__(self) -> None:
        if self.temperature <= 0 or self.classes < 2:
            raise ValueError("a teacher needs temperature > 0 and at least two classes")

    def annotate(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities [N, C].

        Raises:
            ArchitectureError: The network does not fit the inputs or tells another number of classes apart.
        """
        spec, arrays = load_weights(Path(self.path))
        learner = Learner(tuple(inputs.shape[1:]), self.classes)
        logits = learner.predict(Model(spec, arrays), inputs)
        if logits.shape[1] != self.classes:
            raise ArchitectureError(
                f"the teacher '{self.path}' tells {logits.shape[1]} classes apart, not {self.classes}",
                "choose another teacher",
            )
        return np.asarray(softmax(logits / self.temperature, axis=-1), np.float32)
