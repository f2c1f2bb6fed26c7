"""FD: federated distillation (Jeong et al., arXiv 1811.11479): per-class mean outputs travel, 400 bytes at ten classes.

A site sends the mean of its softmax outputs over its samples of each class; the server answers with the mean over the
*other* sites; and the site adds the cross entropy between its outputs and the mean of the sample's class to its loss.
No public set is needed. Means of softmax outputs and not of raw logits: unnormalised logits make no targets for a
cross entropy, which a well-known library overlooks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.special import softmax

from fedkd.distill import LABEL, TEACHER, Constant, CrossEntropy, Objective, SoftCrossEntropy
from fedkd.knowledge import Kind, Knowledge
from fedkd.learning import Arrays, Targets
from fedkd.methods.class_means import Tally, by_label, class_means
from fedkd.methods.digest import fresh_network
from fedkd.methods.ensemble import NOBODY
from fedkd.methods.method import Answers, Client, ClientState, Profile, Server, Setting, Work
from fedkd.methods.quiet import QuietServer
from fedkd.methods.recipe import LocalRecipe
from fedkd.models import fingerprint
from fedkd.wire import Codec

CLASSES, MEANS = "classes", "means"


@dataclass(frozen=True)
class FDClient:
    """Trains on labels and on the others' mean outputs for them.

    Attributes:
        setting: The agreed setting.
        recipe: How it trains; `share` is that of the means.
    """

    setting: Setting
    recipe: LocalRecipe

    def start(self, site: Profile) -> ClientState:
        """Weights of its own."""
        return ClientState(fresh_network(self.setting, site, "fd"))

    def absorb(self, state: ClientState, messages: Sequence[Knowledge], round_: int) -> ClientState:
        """Keep the others' means."""
        if not messages:
            return state
        said = messages[-1]
        return ClientState(state.model, {CLASSES: said.rows, MEANS: said.arrays["values"]})

    def work(self, site: Profile, state: ClientState, round_: int) -> Work:
        """Private data alone, with one more loss once means have arrived."""
        job = self.recipe.job(self.setting, site, round_, None)
        asks = (f"{site.name}/inputs",)
        if CLASSES not in state.memory:
            return Work((job,), asks)
        labels = self.setting.store[f"{site.name}/labels"]
        # A class that nobody else has gets a row of zeros, which adds nothing to the loss.
        means, _ = by_label(state.memory[CLASSES], state.memory[MEANS], labels)
        (private,) = job.feeds
        share = self.recipe.share
        objective = Objective((CrossEntropy(), SoftCrossEntropy()), Constant(hard=2 * (1 - share), soft=2 * share))
        targets: Targets = {LABEL: f"{site.name}/labels", TEACHER: means}
        return Work((replace(job, feeds=(replace(private, targets=targets, objective=objective),)),), asks)

    def report(self, site: Profile, state: ClientState, round_: int, answers: Answers) -> list[Knowledge]:
        """Mean softmax output for each of the site's classes."""
        outputs = softmax(answers[f"{site.name}/inputs"], axis=-1)
        labels = self.setting.store[f"{site.name}/labels"]
        return [class_means(outputs, labels, site.name, round_, fingerprint(state.model.arrays, site.spec))]


class FDServer(QuietServer):
    """Tells each site the mean of the others.

    Args:
        setting: The agreed setting.
    """

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.said: dict[str, Knowledge] = {}

    def collect(self, contributions: Sequence[Knowledge], round_: int) -> Mapping[str, object]:
        """Keep the latest means of each site."""
        self.said |= {k.sender: k for k in contributions}
        return {}

    def messages(self, site: Profile, round_: int) -> list[Knowledge]:
        """The mean of the others, class by class; nothing after the last round."""
        if not self.said or round_ >= self.setting.rounds:
            return []
        message = Tally(list(self.said.values()), self.setting.classes).message(round_, NOBODY, without=site)
        return [] if message is None else [message]

    def state(self) -> Arrays:
        """What each site said."""
        rows = {f"rows|{name}": k.rows for name, k in self.said.items()}
        return rows | {f"values|{name}": np.asarray(k.arrays["values"]) for name, k in self.said.items()}

    def restore(self, arrays: Arrays) -> None:
        """Take it back."""
        names = [key.partition("|")[2] for key in arrays if key.startswith("rows|")]
        self.said = {
            n: Knowledge(Kind.PROTOTYPES, {"values": arrays[f"values|{n}"]}, arrays[f"rows|{n}"], n, 0, NOBODY)
            for n in names
        }


@dataclass(frozen=True)
class FD:
    """FD.

    Attributes:
        means: Codec of the means, both ways.
        local: How a site trains; `share` is that of the means.
    """

    means: Codec
    local: LocalRecipe = LocalRecipe()
    name: str = field(default="fd", init=False)
    one_architecture: bool = field(default=False, init=False)
    sends: tuple[Kind, ...] = field(default=(Kind.PROTOTYPES,), init=False)

    def client(self, setting: Setting) -> Client:
        """The client half."""
        return FDClient(setting, self.local)

    def server(self, setting: Setting, sites: Sequence[Profile]) -> Server:
        """The server half."""
        return FDServer(setting)

    def codec(self, kind: Kind, up: bool) -> Codec:
        """One codec for all."""
        return self.means
