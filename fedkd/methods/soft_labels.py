"""The client half of every method that exchanges soft labels on the public set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import softmax

from fedkd.knowledge import Kind, Knowledge
from fedkd.methods.method import Answers, ClientState, Logits, Profile, Setting, Work
from fedkd.methods.recipe import LocalRecipe
from fedkd.models import fingerprint

TARGETS = "targets"


@dataclass(frozen=True)
class SoftLabelClient:
    """Trains on private labels and received soft labels; sends its own soft labels; takes weights handed down.

    Attributes:
        setting: The agreed setting.
        recipe: How it trains.
        relabel: Whether a site that was handed a network without labels lets it label the public set.
        shares_histogram: Whether a site tells how many samples of each class it has, as some fusions need.
    """

    setting: Setting
    recipe: LocalRecipe
    relabel: bool = False
    shares_histogram: bool = False

    def start(self, site: Profile) -> ClientState:
        """Weights of its own, unlike every other site's."""
        return ClientState(self.setting.fresh(site.spec, site.name))

    def absorb(self, state: ClientState, messages: Sequence[Knowledge], round_: int) -> ClientState:
        """Keep the targets, take over the weights."""
        kinds = {message.kind: message for message in messages}
        if Kind.WEIGHTS in kinds:
            state = replace(state, model=state.model.reset(dict(kinds[Kind.WEIGHTS].arrays)))
        if Kind.PROBS in kinds:
            return replace(state, memory={TARGETS: align(kinds[Kind.PROBS], self.setting)})
        if Kind.WEIGHTS in kinds and self.relabel:
            logits = self.setting.learner.predict(state.model, self.setting.store["public"])
            return replace(state, memory={TARGETS: softmax(logits, axis=-1)})
        return state

    def work(self, site: Profile, state: ClientState, round_: int) -> Work:
        """One job: both losses at once, or the private one alone before the first targets arrive."""
        targets = state.memory.get(TARGETS)
        return Work((self.recipe.job(self.setting, site, round_, targets),), ("public",))

    def report(self, site: Profile, state: ClientState, round_: int, answers: Answers) -> list[Knowledge]:
        """Probabilities on the public set, at temperature 1: the distillation term softens them."""
        table = {"values": softmax(answers["public"], axis=-1)}
        print_ = fingerprint(state.model.arrays, site.spec)
        labels = Knowledge(Kind.PROBS, table, self.setting.rows, site.name, round_, print_)
        return [labels, self._histogram(site, round_, print_)] if self.shares_histogram else [labels]

    def _histogram(self, site: Profile, round_: int, print_: str) -> Knowledge:
        classes, counts = np.unique(self.setting.store[f"{site.name}/labels"], return_counts=True)
        table = {"counts": counts.astype(np.int64)}
        return Knowledge(Kind.COUNTS, table, classes.astype(np.int64), site.name, round_, print_)


def align(knowledge: Knowledge, setting: Setting) -> Logits:
    """A table [N, C] in the agreed order of rows; rows that were not sent are uniform."""
    table = np.full((len(setting.rows), setting.classes), 1 / setting.classes, np.float32)
    order = np.argsort(setting.rows)
    table[order[np.searchsorted(setting.rows, knowledge.rows, sorter=order)]] = knowledge.arrays["values"]
    return table
