"""A guard that looks back over rounds goes on after a resume as if nothing had happened."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fedkd.aggregate import ContradictionFilter, Entropy, ExpWeights, Guard
from fedkd.knowledge import Knowledge
from fedkd.methods import FedKDNASPaper
from fedkd.methods.ensemble import EnsembleRecipe, EnsembleServer
from fedkd.record.checkpoint import Checkpoint, newest, write_checkpoint

from .cases import PLAIN, ROWS, SITES, STUDENT, fedkdnas, make_server, make_setting, table

MANY = [replace(SITES[0], name=f"site-{i:02d}") for i in range(6)]
TRUTH = np.eye(3)[np.arange(len(ROWS)) % 3] * 0.85 + 0.05


def votes(seed: int, liars: int = 1) -> list[Knowledge]:
    """Five sites that say about the same, and a liar."""
    rng = np.random.Generator(np.random.PCG64(seed))
    tables = [0.9 * TRUTH + 0.1 * rng.dirichlet([1] * 3, len(ROWS)) for _ in MANY]
    lies = [np.roll(t, 1, -1) if i < liars else t for i, t in enumerate(tables)]
    return [replace(table(t), sender=site.name) for t, site in zip(lies, MANY, strict=True)]


def ensemble(guard: Guard) -> EnsembleServer:
    server = make_server(FedKDNASPaper(EnsembleRecipe(Entropy(), guard), PLAIN), make_setting(), MANY)
    assert isinstance(server, EnsembleServer)
    return server


@pytest.mark.parametrize("guard", [ContradictionFilter(), ExpWeights()], ids=repr)
def test_a_resumed_server_weighs_sites_as_an_undisturbed_one(guard, tmp_path):
    whole = ensemble(guard)
    for round_ in (1, 2, 3):
        whole.collect(votes(round_), round_)

    broken = ensemble(guard)
    broken.collect(votes(1), 1)
    broken.collect(votes(2), 2)
    write_checkpoint(tmp_path, Checkpoint(2, broken.state(), {}, {}))
    resumed = ensemble(guard)
    resumed.restore(newest(tmp_path).arrays)
    facts = resumed.collect(votes(3), 3)

    np.testing.assert_array_equal(resumed.targets, whole.targets)
    assert resumed.state().keys() == whole.state().keys()
    for name, array in whole.state().items():
        np.testing.assert_array_equal(array, resumed.state()[name], strict=True)
    forgetful = ensemble(guard)
    other = forgetful.collect(votes(3), 3)
    assert not np.array_equal(forgetful.targets, whole.targets)
    assert facts["distance"] == other["distance"]


def test_the_record_says_who_was_put_aside_from_the_second_round_on():
    server = ensemble(ContradictionFilter())

    assert [server.collect(votes(round_), round_)["put_aside"] for round_ in (1, 2)] == [[], ["site-00"]]


def test_students_and_a_guard_share_one_state(tmp_path):
    recipe = EnsembleRecipe(Entropy(), ContradictionFilter())
    method = replace(fedkdnas(every=2), ensemble=recipe, student=STUDENT)
    first = make_server(method, make_setting(), MANY)
    first.collect(votes(1), 1)

    write_checkpoint(tmp_path, Checkpoint(1, first.state(), {}, {}))
    second = make_server(method, make_setting(), MANY)
    second.restore(newest(tmp_path).arrays)

    assert second.students().keys() == first.students().keys()
    assert {name for name in second.state() if name.startswith("guard/")} == {
        f"guard/record/{site.name}" for site in MANY
    }
