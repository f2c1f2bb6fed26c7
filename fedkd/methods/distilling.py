"""The server half that distils students and hands them down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from fedkd.data.views import pool
from fedkd.knowledge import Kind, Knowledge
from fedkd.learning import Arrays, Job, Model, Store, pack, unpack
from fedkd.methods.ensemble import EnsembleRecipe, EnsembleServer
from fedkd.methods.method import Logits, Profile, Setting
from fedkd.methods.student import VIEWS, HandDown, StudentRecipe, own_targets
from fedkd.models import ArchSpec, fingerprint


class DistillingServer:
    """An ensemble, one student per architecture that learns from it, and the way its knowledge goes down.

    Args:
        setting: The agreed setting.
        sites: All sites; each distinct `spec` gets a student.
        ensemble: How to fuse.
        student: How a student trains.
        hand_down: What goes down, and when.
    """

    def __init__(
        self,
        setting: Setting,
        sites: Sequence[Profile],
        ensemble: EnsembleRecipe,
        student: StudentRecipe,
        hand_down: HandDown,
    ) -> None:
        self.setting = setting
        self.recipe = student
        self.hand_down = hand_down
        self.ensemble = EnsembleServer(setting, sites, ensemble, Kind.PROBS)
        specs = sorted({site.spec for site in sites}, key=ArchSpec.to_json)
        self._models = {spec.to_json(): setting.fresh(spec, "server", "student") for spec in specs}
        self.labels: Logits | None = self.ensemble.targets
        self._handed = {site.name: 0 for site in sites}
        self._announced: dict[ArchSpec, Knowledge] = {}

    def arrays(self) -> Store:
        """Augmented views of the public set, one whole version after the other, or the set itself."""
        if not self.recipe.versions:
            return {VIEWS: self.setting.store["public"]}
        rng = self.setting.streams.generator("server", "views")
        views = pool(self.setting.view, self.setting.store["public"], self.recipe.versions, rng)
        return {VIEWS: views.reshape(-1, *views.shape[2:])}

    def collect(self, contributions: Sequence[Knowledge], round_: int) -> Mapping[str, object]:
        """Fuse the votes into the targets of this round."""
        facts = self.ensemble.collect(contributions, round_)
        self.labels = self.ensemble.targets
        return facts

    def jobs(self, round_: int) -> dict[str, tuple[Model, Job]]:
        """One job a student."""
        targets = self.ensemble.targets
        # Nobody may have spoken yet.
        return (
            {}
            if targets is None
            else {
                name: (model, self.recipe.job(self.setting, model, round_, targets))
                for name, model in self._models.items()
            }
        )

    def trained(self, models: Mapping[str, Model], round_: int) -> None:
        """Take the students back; under feedback, mix what they say into the labels that go down."""
        self._models = {**self._models, **models}
        share = self.hand_down.feedback_share(round_)
        if share and self.labels is not None:
            public = self.setting.store["public"]
            said = [self.setting.learner.predict(model, public) for model in self._models.values()]
            self.labels = own_targets(np.mean(said, axis=0), self.labels, share)

    def enrol(self, site: Profile) -> None:
        """Every architecture has a network here."""
        if site.spec.to_json() not in self._models:
            self._models[site.spec.to_json()] = self.setting.fresh(site.spec, "server", "student")

    def messages(self, site: Profile, round_: int) -> list[Knowledge]:
        """Labels, weights, or both, as the schedule says."""
        if self.labels is None:
            return []
        sent = []
        # Whoever was not there at a hand-down gets the present weights when it comes back.
        weights = self._handed[site.name] < self.hand_down.latest(round_, self.setting.rounds)
        if weights:
            self._handed[site.name] = round_
            sent.append(self._weights(site.spec, round_))
        if round_ < self.setting.rounds and not (weights and self.hand_down.relabel):
            sent.append(self.ensemble.announce(self.labels, round_))
        return sent

    def _weights(self, spec: ArchSpec, round_: int) -> Knowledge:
        # One message for all sites of an architecture, so that it is coded once.
        if self._announced.get(spec) is None or self._announced[spec].round != round_:
            arrays, rows = self._models[spec.to_json()].arrays, np.zeros(0, np.int64)
            print_ = fingerprint(arrays, spec)
            self._announced[spec] = Knowledge(Kind.WEIGHTS, arrays, rows, "server", round_, print_)
        return self._announced[spec]

    def students(self) -> Mapping[ArchSpec, Model]:
        """The students by architecture."""
        return {model.spec: model for model in self._models.values()}

    def state(self) -> Arrays:
        """Students and targets."""
        labels: Arrays = {} if self.labels is None else {"labels": self.labels}
        handed = np.array(list(self._handed.values()), np.int64)
        return {**pack(self._models), **self.ensemble.state(), **labels, "handed": handed}

    def restore(self, arrays: Arrays) -> None:
        """Take students and targets back."""
        self.ensemble.restore(arrays)
        self.labels = arrays.get("labels")
        self._handed = dict(zip(self._handed, arrays["handed"].tolist(), strict=True))
        self._models = unpack({k: v for k, v in arrays.items() if "|" in k})
