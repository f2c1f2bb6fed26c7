"""Any trained model as a teacher."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from fedkd.errors import InvalidValuesError
from fedkd.learning.job import Model
from fedkd.learning.learner import Learner


@dataclass(frozen=True)
class ModelTeacher:
    """A network or tree ensemble that was trained here; what it teaches may be of either kind too.

    Trees are sure of their own training rows, so a forest teaches something only on samples that it has not seen.

    Attributes:
        model: The trained model.
        input_shape: Shape of one sample that it reads.
        classes: Number of classes C that it tells apart.
        temperature: Softens its probabilities.
    """

    model: Model
    input_shape: tuple[int, ...]
    classes: int
    temperature: float = 1.0

    def __post_init__(self) -> None:
        if not self.temperature > 0:
            raise ValueError(f"temperature={self.temperature} must be positive")
        if self.classes < 2:
            raise ValueError(f"classes={self.classes} must be at least 2")

    def annotate(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities [N, C] for inputs [N, *input_shape].

        Raises:
            InvalidValuesError: The inputs have another shape.
        """
        if inputs.shape[1:] != self.input_shape:
            raise InvalidValuesError(
                f"the teacher reads samples of shape {list(self.input_shape)}, not {list(inputs.shape[1:])}",
                "give it samples like those that it learnt from",
            )
        logits = Learner(self.input_shape, self.classes).predict(self.model, inputs)
        return np.asarray(softmax(logits / self.temperature, axis=-1), np.float32)
