"""Training one model through the project's own local step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedkd.data.examples import Floats, Integers
from fedkd.distill import LABEL, TEACHER
from fedkd.learning import Assignment, Job, Learner, Model, fresh_model
from fedkd.models import ArchSpec


def train(learner: Learner, spec: ArchSpec, jobs: tuple[Job, ...], inputs: Mapping[str, Floats], seed: int) -> Model:
    """A fresh model after `jobs`, which name their `inputs`; equal seeds begin with equal weights."""
    model = fresh_model(spec, learner.input_shape, learner.classes, seed)
    return learner.work([Assignment(model, jobs)], dict(inputs))[0].model


def accuracy(learner: Learner, model: Model, inputs: Floats, labels: Integers) -> float:
    """Per cent of `inputs` whose most likely class is their label."""
    return percent_right(learner.predict(model, inputs), labels)


def percent_right(scores: Floats, labels: Integers) -> float:
    """Per cent of rows [N, C] whose largest score is their label's."""
    return 100 * float((scores.argmax(axis=-1) == labels).mean())


def both(labels: Integers, teacher: Floats) -> dict[str, NDArray[Any] | str]:
    """Targets of a feed that has hard labels [N] and soft ones [N, C]."""
    return {LABEL: labels, TEACHER: np.asarray(teacher, np.float32)}
