"""What sites do: train, report, absorb."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import softmax

from fedkd.distill import LABEL, TEACHER, MeanAbsoluteError, hard_labels, soft_labels
from fedkd.knowledge import Kind, Knowledge
from fedkd.learning import Assignment
from fedkd.methods import ClientState
from fedkd.methods.recipe import LocalRecipe
from fedkd.methods.soft_labels import SoftLabelClient
from fedkd.models import fingerprint
from fedkd.wire import WireContext

from .cases import CODED, METHODS, RECIPE, ROWS, SITES, contributions, make_server, make_setting, serve, table

SITE = SITES[0]
EVEN = np.full((6, 3), 1 / 3, np.float32)
NO_ROWS = np.zeros(0, np.int64)


def weights_of(model) -> Knowledge:
    return Knowledge(Kind.WEIGHTS, model.arrays, NO_ROWS, "server", 1, fingerprint(model.arrays, model.spec))


def trained(client, setting) -> ClientState:
    """A state whose optimiser is under way."""
    state = client.start(SITE)
    outcome = setting.learner.work([Assignment(state.model, client.work(SITE, state, 1).jobs)], setting.store)[0]
    return ClientState(outcome.model, {"targets": EVEN})


@pytest.fixture
def setting():
    return make_setting()


@pytest.fixture
def client(setting):
    return SoftLabelClient(setting, RECIPE)


# Soft labels.


def test_a_site_starts_from_weights_of_its_own(client):
    first, second, again = client.start(SITE), client.start(SITES[1]), client.start(SITE)

    assert first.memory == {}
    assert not np.array_equal(first.model.arrays["head.weight"], second.model.arrays["head.weight"])
    np.testing.assert_array_equal(first.model.arrays["head.weight"], again.model.arrays["head.weight"])


def test_targets_are_kept_in_the_agreed_order(client):
    values = np.eye(3)[[0, 1, 2, 0, 1, 2]]
    state = client.start(SITE)

    after = client.absorb(state, [table(values, sorted(ROWS))], 1)

    # Rows 50, 10, 40, 20, 60, 30 are the fifth, first, fourth, second, sixth and third of the sorted ones.
    np.testing.assert_array_equal(after.memory["targets"], values[[4, 0, 3, 1, 5, 2]])
    assert after.model is state.model


def test_rows_that_were_not_sent_are_even(client):
    after = client.absorb(client.start(SITE), [table([[1, 0, 0]], [40])], 1)

    np.testing.assert_allclose(after.memory["targets"], [*EVEN[:2], [1, 0, 0], *EVEN[3:]])


def test_weights_that_are_handed_down_start_the_optimiser_afresh(client, setting):
    state = trained(client, setting)
    given = setting.fresh(SITE.spec, "server")

    after = client.absorb(state, [weights_of(given)], 1)

    assert state.model.optimizer
    assert (after.model.optimizer, after.model.steps) == ({}, 0)
    np.testing.assert_array_equal(after.model.arrays["head.weight"], given.arrays["head.weight"])
    np.testing.assert_array_equal(after.memory["targets"], EVEN)


def test_labels_and_weights_may_come_together(client, setting):
    given = setting.fresh(SITE.spec, "server")

    after = client.absorb(client.start(SITE), [weights_of(given), table(np.eye(3)[[0] * 6])], 1)

    np.testing.assert_array_equal(after.model.arrays["head.bias"], given.arrays["head.bias"])
    assert after.memory["targets"].argmax(1).tolist() == [0] * 6


def test_a_site_labels_for_itself_what_came_without_labels(setting):
    client = SoftLabelClient(setting, RECIPE, relabel=True)
    given = setting.fresh(SITE.spec, "server")

    after = client.absorb(client.start(SITE), [weights_of(given)], 1)

    said = setting.learner.predict(given, setting.store["public"])
    np.testing.assert_allclose(after.memory["targets"], softmax(said, axis=-1), rtol=1e-6)


def test_silence_changes_nothing(client):
    state = client.start(SITE)

    assert client.absorb(state, [], 1) is state


def test_a_site_reports_distributions_over_the_whole_public_set(client):
    state = client.start(SITE)
    logits = np.log(np.float32([[1, 2, 1]] * 6))

    (report,) = client.report(SITE, state, 4, {"public": logits})

    assert (report.kind, report.sender, report.round) == (Kind.PROBS, "site-00", 4)
    np.testing.assert_array_equal(report.rows, ROWS)
    np.testing.assert_allclose(report.arrays["values"], [[0.25, 0.5, 0.25]] * 6, rtol=1e-6)
    assert report.fingerprint == fingerprint(state.model.arrays, SITE.spec)


def test_before_the_first_targets_the_private_loss_counts_once(client):
    (job,) = client.work(SITE, client.start(SITE), 1).jobs

    (private,) = job.feeds
    assert (private.inputs, private.targets) == ("site-00/inputs", {LABEL: "site-00/labels"})
    assert private.objective == hard_labels(1.0)
    assert private.rows.shape == (2, 4)
    assert private.rows.max() < SITE.samples


def test_afterwards_the_share_divides_twice_the_weight(setting):
    client = SoftLabelClient(setting, LocalRecipe(steps=2, batch=4, public_batch=3, share=0.25, temperature=3.0))
    state = ClientState(client.start(SITE).model, {"targets": EVEN})

    (job,) = client.work(SITE, state, 1).jobs

    private, public = job.feeds
    assert private.objective == hard_labels(1.5)
    assert public.objective == soft_labels(0.5, 3.0)
    assert (public.inputs, public.rows.shape) == ("public", (2, 3))
    np.testing.assert_array_equal(public.targets[TEACHER], EVEN)


def test_every_round_and_site_draws_rows_of_its_own(client):
    def rows(site, round_) -> list:
        (job,) = client.work(site, client.start(site), round_).jobs
        return job.feeds[0].rows.tolist()

    assert rows(SITE, 1) == rows(SITE, 1)
    assert rows(SITE, 1) != rows(SITE, 2)
    assert rows(SITE, 1) != rows(SITES[1], 1)


@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_a_site_that_hears_its_own_report_has_nothing_to_learn(setting, temperature):
    # With one site the ensemble is its own report: teacher and student say the same at the same temperature.
    client = SoftLabelClient(setting, LocalRecipe(steps=1, temperature=temperature))
    state = client.start(SITE)
    said = setting.learner.predict(state.model, setting.store["public"])
    (report,) = client.report(SITE, state, 1, {"public": said})
    (job,) = client.work(SITE, client.absorb(state, [report], 1), 2).jobs
    logits = torch.tensor(said, requires_grad=True)

    job.feeds[1].objective(logits, {TEACHER: torch.tensor(report.arrays["values"])}).sum().backward()

    torch.testing.assert_close(logits.grad, torch.zeros_like(logits), rtol=0, atol=1e-5)


@pytest.mark.parametrize("settings", [{"steps": 0}, {"batch": 0}, {"public_batch": 0}, {"share": 1.0}, {"share": -0.1}])
def test_impossible_recipes_are_refused(settings):
    with pytest.raises(ValueError, match="must be"):
        LocalRecipe(**settings)


# FedMD.


def test_fedmd_revisits_alone_before_the_first_logits(setting):
    client = METHODS["fedmd"].client(setting)

    (revisit,) = client.work(SITE, client.start(SITE), 1).jobs

    assert [feed.inputs for feed in revisit.feeds] == ["site-00/inputs"]
    assert revisit.feeds[0].objective == hard_labels(1.0)


def test_fedmd_digests_with_absolute_errors_and_then_revisits(setting):
    client = METHODS["fedmd"].client(setting)
    mean = np.arange(18).reshape(6, 3)
    state = client.absorb(client.start(SITE), [table(mean, kind=Kind.LOGITS)], 1)

    digest, revisit = client.work(SITE, state, 2).jobs

    (public,), (private,) = digest.feeds, revisit.feeds
    assert public.objective.terms == (MeanAbsoluteError(),)
    assert (public.inputs, public.rows.shape) == ("public", (2, 3))
    np.testing.assert_array_equal(public.targets[TEACHER], mean)
    assert (private.inputs, private.objective) == ("site-00/inputs", hard_labels(1.0))


def test_fedmd_reports_logits_as_they_are(setting):
    client = METHODS["fedmd"].client(setting)
    logits = np.arange(18, dtype=np.float32).reshape(6, 3)

    (report,) = client.report(SITE, client.start(SITE), 1, {"public": logits})

    assert report.kind is Kind.LOGITS
    np.testing.assert_array_equal(report.arrays["values"], logits)


# FedAvg.


def test_federated_averaging_starts_everywhere_from_the_same_weights(setting):
    client, server = METHODS["fedavg"].client(setting), make_server(METHODS["fedavg"], setting)

    states = [client.start(site) for site in SITES]

    for name, array in server.common.held("site-00").items():
        for state in states:
            np.testing.assert_array_equal(state.model.arrays[name], array)
            np.testing.assert_array_equal(state.memory[name], array)


def test_a_site_sends_what_its_training_changed(setting):
    client = METHODS["fedavg"].client(setting)
    start = client.start(SITE)
    moved = {name: array + np.float32(0.5) for name, array in start.model.arrays.items()}

    (report,) = client.report(SITE, ClientState(start.model.reset(moved), start.memory), 1, {})

    assert (report.kind, len(report.rows)) == (Kind.UPDATE, 0)
    for array in report.arrays.values():
        np.testing.assert_allclose(array, 0.5, atol=1e-6)


def test_quantised_updates_leave_sites_and_server_with_the_same_bits(setting):
    method, context = METHODS["fedavg"], WireContext()
    client, server = method.client(setting), make_server(method, setting)
    states = [client.start(site) for site in SITES]

    for round_ in range(1, 4):
        serve(server, setting, contributions(method, setting, round_), round_)
        for i, site in enumerate(SITES):
            (sent,) = server.messages(site, round_)
            received = CODED.decode(CODED.encode(sent, context), context)
            states[i] = client.absorb(states[i], [received], round_)

    wanted = server.common.models[SITE.spec].arrays
    assert not np.array_equal(server.common.held("site-00")["head.weight"], wanted["head.weight"])
    for state, site in zip(states, SITES, strict=True):
        for name, array in server.common.held(site.name).items():
            np.testing.assert_array_equal(state.model.arrays[name], array, strict=True)
            np.testing.assert_array_equal(state.memory[name], array, strict=True)
        assert (state.model.optimizer, state.model.steps) == ({}, 0)


def test_what_quantisation_leaves_out_is_sent_later(setting):
    server = make_server(METHODS["fedavg"], setting)
    shapes = server.common.held("site-00")
    wanted = shapes["head.weight"]

    errors = []
    for round_ in range(1, 61):
        rng = np.random.default_rng(round_)
        update = {n: rng.normal(size=a.shape).astype(np.float32) for n, a in shapes.items()}
        server.collect([Knowledge(Kind.UPDATE, update, NO_ROWS, site.name, round_, "") for site in SITES], round_)
        server.messages(SITE, round_)
        wanted = wanted + update["head.weight"]
        errors.append(np.sqrt(np.mean((wanted - server.common.held("site-00")["head.weight"]) ** 2)))

    # One step of int8 over rows that peak near 3.5 leaves 3.5 / 127 / sqrt(12) = 0.008; sixty that add up leave 0.02.
    assert max(errors) < 0.008


def constant(arrays, step: float, sender: str, round_: int = 1) -> Knowledge:
    return Knowledge(Kind.UPDATE, {n: np.full_like(a, step) for n, a in arrays.items()}, NO_ROWS, sender, round_, "")


def test_the_server_wants_the_mean_by_samples(setting):
    server = make_server(METHODS["fedavg"], setting)
    before = server.common.held("site-00")

    server.collect([constant(before, step, site.name) for site, step in zip(SITES, (1, 0), strict=True)], 1)

    # 9 samples move by 1, 7 stay.
    for name, array in before.items():
        np.testing.assert_allclose(server.common.models[SITE.spec].arrays[name], array + 9 / 16, rtol=1e-6)


def test_an_old_update_counts_less(setting):
    server = make_server(METHODS["fedavg"], setting)
    before = server.common.held("site-00")

    server.collect([constant(before, 1, "site-00", round_=2), constant(before, 0, "site-01", round_=5)], 5)

    # Age 3 halves the weight of 9 samples.
    for name, array in before.items():
        np.testing.assert_allclose(
            server.common.models[SITE.spec].arrays[name], array + 4.5 / 11.5, rtol=1e-5, atol=1e-6
        )


def test_a_site_that_missed_a_round_gets_what_it_missed(setting):
    method, context = METHODS["fedavg"], WireContext()
    client, server = method.client(setting), make_server(method, setting)
    states = {site.name: client.start(site) for site in SITES}

    for round_, present in enumerate([SITES, SITES[:1], SITES[:1], SITES], start=1):
        server.collect(contributions(method, setting, round_), round_)
        for site in present:
            (sent,) = server.messages(site, round_)
            received = CODED.decode(CODED.encode(sent, context), context)
            states[site.name] = client.absorb(states[site.name], [received], round_)

    wanted = server.common.models[SITE.spec].arrays
    for site in SITES:
        for name, array in server.common.held(site.name).items():
            np.testing.assert_array_equal(states[site.name].model.arrays[name], array)
            np.testing.assert_allclose(array, wanted[name], atol=0.05)


@pytest.mark.parametrize("name", ["local", "pooled"])
def test_the_quiet_neither_send_nor_ask(setting, name):
    client = METHODS[name].client(setting)
    state = client.start(SITE)

    assert client.report(SITE, state, 1, {}) == []
    assert client.work(SITE, state, 1).asks == ()
    assert client.absorb(state, [], 1) is state
    assert len(client.work(SITE, state, 1).jobs) == (1 if name == "local" else 0)


def test_pooled_sites_take_over_the_network(setting):
    client = METHODS["pooled"].client(setting)
    given = setting.fresh(SITE.spec, "server")

    after = client.absorb(client.start(SITE), [weights_of(given)], 1)

    np.testing.assert_array_equal(after.model.arrays["head.weight"], given.arrays["head.weight"])
