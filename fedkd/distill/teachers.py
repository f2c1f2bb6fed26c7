"""Teachers (extension point E2): sources of knowledge that need be neither torch nor differentiable."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


@runtime_checkable
class Teacher(Protocol):
    """Labels inputs."""

    def annotate(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities [N, C] for inputs [N, ...]."""
        ...
