"""Trees and networks teach one another, in the spirit of cross-paradigm distillation (arXiv 2605.19299).

A quarter of the training digits has labels. Whoever is taught learns these labels, and what a teacher says of the
rest; the teacher was trained on the same labels and knows nothing more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fedkd.data.examples import Examples, Floats, Integers
from fedkd.data.sources import SklearnTable
from fedkd.distill import LABEL, TEACHER, hard_labels, soft_labels
from fedkd.learning import Feed, Job, Learner, Model, Optimizer, draw_rows
from fedkd.learning.model_teacher import ModelTeacher
from fedkd.models import ArchSpec, is_forest
from fedkd.proofs.proof import Claim, Measured, Results, better, reported
from fedkd.proofs.training import accuracy, train
from sim.streams import Streams

ACCURACY = "accuracy %"


@dataclass(frozen=True)
class TreeProof:
    """A tree taught by a network, and a network taught by a forest.

    Attributes:
        test: Digits to test on.
        labelled: Share of the other digits that has labels.
        network: The network, as teacher and as student.
        tree: The single tree: a forest of one, so it is grown on a bootstrap sample and looks at a random few
            features at each node.
        forest: The forest that teaches the network.
        steps: Steps of a network.
        batch: Labelled samples a step, and as many unlabelled ones where there is a teacher.
    """

    test: int = 450
    labelled: float = 0.25
    network: ArchSpec = ArchSpec.of("mlp", hidden=(64,))
    tree: ArchSpec = ArchSpec.of("forest", trees=1, depth=24)
    forest: ArchSpec = ArchSpec.of("forest", trees=100, depth=24)
    steps: int = 800
    batch: int = 32

    title: ClassVar[str] = "Trees and networks: digits, a quarter labelled, the rest labelled by a teacher"
    compared: ClassVar[Mapping[str, str]] = {
        "tree <- network": "tree",
        "tree <- network's hard labels": "tree",
        "network <- forest": "network",
    }

    def __post_init__(self) -> None:
        if not 0 < self.labelled < 1:
            raise ValueError(f"labelled={self.labelled} must be in (0, 1)")

    def measure(self, seed: int) -> Measured:
        """Every arm on the same split; equal kinds of student begin equally."""
        school = _School.open(self, Streams(seed))
        network = school.taught(self.network)
        forest = school.taught(self.forest)
        of_network, of_forest = school.said(network), school.said(forest)
        hard = np.eye(school.learner.classes, dtype=np.float32)[of_network.argmax(axis=1)]
        models = {
            "tree": school.taught(self.tree),
            "tree <- network": school.taught(self.tree, of_network),
            "tree <- network's hard labels": school.taught(self.tree, hard),
            "network": network,
            "forest": forest,
            "network <- forest": school.taught(self.network, of_forest),
        }
        return {arm: {ACCURACY: school.accuracy(model)} for arm, model in models.items()}

    def claims(self, results: Results) -> tuple[Claim, ...]:
        """A tree gains from a network; whether softness matters, and a forest helps, is printed and not promised."""
        return (
            better(results, ACCURACY, "tree <- network", "tree", 1.5),
            reported(results, ACCURACY, "tree <- network", "tree <- network's hard labels"),
            reported(results, ACCURACY, "network <- forest", "network"),
        )


@dataclass(frozen=True)
class _School:
    """Data of one seed, and how models learn from them."""

    config: TreeProof
    streams: Streams
    learner: Learner
    labelled: Examples
    rest: Floats
    test: Examples

    @classmethod
    def open(cls, config: TreeProof, streams: Streams) -> _School:
        """Deal the digits out."""
        corpus = SklearnTable("digits").load()
        order = streams.generator("split").permutation(len(corpus.train))
        labelled = config.test + round(config.labelled * (len(order) - config.test))
        parts = [corpus.train.take(rows) for rows in np.split(order, [config.test, labelled])]
        learner = Learner(corpus.train.inputs.shape[1:], corpus.classes)
        return cls(config, streams, learner, parts[1], parts[2].inputs, parts[0])

    def taught(self, spec: ArchSpec, said: Floats | None = None) -> Model:
        """A model that learnt the labels and, if a teacher `said` something of the rest [N, C], that as well."""
        rows = self._all if is_forest(spec) else self._drawn
        labelled = Feed("labelled", {LABEL: self.labelled.targets}, rows("labelled", len(self.labelled)), hard_labels())
        rest = () if said is None else (Feed("rest", {TEACHER: said}, rows("rest", len(self.rest)), soft_labels()),)
        job = Job((labelled, *rest), Optimizer(), seed=self.streams.integer("grow"))
        inputs = {"labelled": self.labelled.inputs, "rest": self.rest}
        return train(self.learner, spec, (job,), inputs, self.streams.integer("weights"))

    def said(self, teacher: Model) -> Floats:
        """What a model says of the digits without labels, [N, C]."""
        return ModelTeacher(teacher, self.learner.input_shape, self.learner.classes).annotate(self.rest)

    def _all(self, name: str, samples: int) -> Integers:
        return np.arange(samples)[None]

    def _drawn(self, name: str, samples: int) -> Integers:
        return draw_rows(self.streams.generator("rows", name), samples, self.config.steps, self.config.batch)

    def accuracy(self, model: Model) -> float:
        """Per cent of the test set."""
        return accuracy(self.learner, model, self.test.inputs, self.test.targets)
