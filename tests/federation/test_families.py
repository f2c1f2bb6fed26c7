"""Every family takes part: it trains, its server's network is handed down, saved, and loads again."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from fedkd.data import Corpus, Examples
from fedkd.data.views import Identity
from fedkd.models import load_weights
from fedkd.models.lookup import family_names
from fedkd.search import Fixed
from fedkd.simulation import simulate
from tests.tiny import tiny

SENSORS = {"cnn1d", "gru", "deepconvlstm"}
ONE_ROUND = ("federation.rounds=1", "federation.sites=2", "method.local.steps=1", "method.student.final_steps=1")


@dataclass(frozen=True)
class Windows:
    """Sensor windows of three classes, 4 features by 24 moments."""

    def load(self) -> Corpus:
        rng = np.random.Generator(np.random.PCG64(0))
        targets = np.arange(300) % 3
        inputs = (rng.normal(size=(300, 4, 24)) + targets[:, None, None]).astype(np.float32)
        return Corpus(Examples(inputs, targets, np.arange(300)), None, 3, "windows")


@pytest.mark.slow
@pytest.mark.parametrize("family", family_names())
def test_a_family_trains_and_is_handed_down(family, tmp_path, monkeypatch):
    monkeypatch.setattr("fedkd.simulation.draw", lambda run: [])
    scenario = tiny("fedkdnas", *ONE_ROUND, "method.student.polish_steps=0")
    data = scenario.data if family not in SENSORS else replace(scenario.data, source=Windows(), view=Identity())
    scenario = replace(scenario, data=data, search=Fixed(f"{{family: {family}}}"))

    summary = simulate(scenario, tmp_path / "run").summary

    (saved,) = (tmp_path / "run" / "networks").iterdir()
    spec, arrays = load_weights(saved)
    assert spec.family == family
    assert arrays
    # Nothing but weights goes down after the only round, and all sites then carry the server's network.
    assert summary["bytes_down"] > 0
    assert summary["global_accuracy"]["std"] == 0
