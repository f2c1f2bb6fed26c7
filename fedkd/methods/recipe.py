"""Recipes of local training that several methods share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fedkd.distill import LABEL, TEACHER, soft_labels
from fedkd.learning import Feed, Job, Optimizer, draw_rows
from fedkd.methods.method import Profile, Setting


@dataclass(frozen=True)
class LocalRecipe:
    """Local steps on private labels, with or without soft labels on the public set.

    The loss of a step is 2 (1 - share) CE + 2 share KD, so that a share of 0.5 weighs both once.

    Attributes:
        steps: Optimiser steps a round.
        batch: Private samples a step.
        public_batch: Public samples a step.
        share: Share of the distillation term, in [0, 1).
        temperature: Of teacher and student in the distillation term.
        optimizer: How to step.
        augment: Private samples are varied by the data's view.
        augment_public: Public samples are varied too; their targets are those of the samples as they are.
        pull: Weight mu of a proximal term mu / 2 |w - w0|^2 towards the weights that the round began with.
    """

    steps: int = 40
    batch: int = 32
    public_batch: int = 32
    share: float = 0.5
    temperature: float = 1.0
    optimizer: Optimizer = Optimizer()
    augment: bool = False
    augment_public: bool = False
    pull: float = 0.0

    def __post_init__(self) -> None:
        if min(self.steps, self.batch, self.public_batch) < 1:
            raise ValueError("steps, batch and public_batch must be at least 1")
        if not 0 <= self.share < 1:
            raise ValueError(f"share={self.share} must be in [0, 1)")
        if self.pull < 0:
            raise ValueError(f"pull={self.pull} must not be negative")
        if not self.temperature > 0:
            raise ValueError(f"temperature={self.temperature} must be above 0")

    def job(self, setting: Setting, site: Profile, round_: int, targets: NDArray[np.float32] | None) -> Job:
        """The job of one round; without targets there is no distillation term."""
        private = self._private(setting, site, round_, 1.0 if targets is None else 2 * (1 - self.share))
        feeds = (private,) if targets is None else (private, self._public(setting, site, round_, targets))
        return Job(feeds, self.optimizer, seed=setting.streams.integer(site.name, "fit", round_), pull=self.pull)

    def _private(self, setting: Setting, site: Profile, round_: int, weight: float) -> Feed:
        rng = setting.streams.generator(site.name, "private-rows", round_)
        rows = draw_rows(rng, site.samples, self.steps, self.batch)
        targets = {LABEL: f"{site.name}/labels"}
        view = setting.view if self.augment else None
        seed = setting.streams.integer(site.name, "private-views", round_)
        return Feed(f"{site.name}/inputs", targets, rows, setting.supervised(weight), view, seed)

    def _public(self, setting: Setting, site: Profile, round_: int, targets: NDArray[np.float32]) -> Feed:
        rng = setting.streams.generator(site.name, "public-rows", round_)
        rows = draw_rows(rng, len(setting.rows), self.steps, self.public_batch)
        view = setting.view if self.augment_public else None
        seed = setting.streams.integer(site.name, "public-views", round_)
        objective = soft_labels(2 * self.share, self.temperature)
        return Feed("public", {TEACHER: targets}, rows, objective, view, seed)
