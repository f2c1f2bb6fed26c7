"""What is easily got wrong about well-known methods, one trap a test."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax

from fedkd.aggregate import Mean
from fedkd.distill import KNOWN, LABEL, PROTOTYPE, TEACHER, CrossEntropy, PrototypeDistance, SoftCrossEntropy
from fedkd.errors import ArchitectureError, MixedArchitecturesError
from fedkd.knowledge import Kind, Knowledge
from fedkd.learning import features_of
from fedkd.methods import Ditto, FedProto, FedProx, LocalKD, Profile, Scarlet
from fedkd.methods.class_means import Tally, by_label, class_means
from fedkd.methods.feddf import Fusing
from fedkd.methods.scarlet import Cache
from fedkd.models import ArchSpec

from .cases import (
    CODED,
    DIGEST,
    METHODS,
    PLAIN,
    RECIPE,
    ROWS,
    SGD,
    SITES,
    contributions,
    make_server,
    make_setting,
    serve,
    table,
)

SITE, OTHER = SITES


@pytest.fixture
def setting():
    return make_setting()


def means(values, classes, sender="site-00", round_=1) -> Knowledge:
    return Knowledge(
        Kind.PROTOTYPES, {"values": np.array(values, np.float32)}, np.array(classes, np.int64), sender, round_, ""
    )


# Methods whose defaults elsewhere switch them off.


def test_without_its_pull_a_method_is_another_one():
    with pytest.raises(ValueError, match="is fedavg"):
        FedProx(CODED, SGD)
    with pytest.raises(ValueError, match="local training"):
        Ditto(CODED, SGD, personal_pull=0)
    with pytest.raises(ValueError, match="local training"):
        FedProto(PLAIN, RECIPE, pull=0)


def test_fedprox_pulls_towards_what_the_round_began_with(setting):
    client = METHODS["fedprox"].client(setting)

    (job,) = client.work(SITE, client.start(SITE), 1).jobs

    assert (job.pull, job.anchor) == (0.1, {})


# Ditto.


def test_ditto_pulls_towards_the_common_weights_as_they_were_received(setting):
    client = METHODS["ditto"].client(setting)
    state = client.start(SITE)
    moved = state.model.reset({name: array + 1 for name, array in state.model.arrays.items()})

    work = client.work(SITE, replace(state, companion=moved), 1)

    (personal,), (common,) = work.jobs, work.companion
    assert (personal.pull, common.pull) == (1.0, 0.0)
    assert personal.anchor.keys() == state.memory.keys()
    for name, array in personal.anchor.items():
        np.testing.assert_array_equal(array, state.memory[name])
    np.testing.assert_array_equal(personal.feeds[0].rows, common.feeds[0].rows)


def test_ditto_sends_the_common_network_and_keeps_the_personal_one(setting):
    client = METHODS["ditto"].client(setting)
    state = client.start(SITE)
    common = state.companion.reset({name: array + 2 for name, array in state.memory.items()})
    personal = state.model.reset({name: array - 7 for name, array in state.memory.items()})

    (report,) = client.report(SITE, replace(state, model=personal, companion=common), 1, {})
    after = client.absorb(replace(state, model=personal), [report], 1)

    assert all((np.abs(array - 2) < 1e-6).all() for array in report.arrays.values())
    assert after.model is personal
    for name, array in after.companion.arrays.items():
        np.testing.assert_allclose(array, state.memory[name] + 2, rtol=1e-6)
        np.testing.assert_array_equal(after.memory[name], array)


# FedDF.


def test_feddf_starts_from_the_mean_and_learns_the_softmax_of_mean_logits(setting):
    server = make_server(METHODS["feddf"], setting)
    sent = contributions(METHODS["feddf"], setting, 1)

    server.collect(sent, 1)

    first = setting.fresh(SITE.spec, "federation").arrays
    networks = [{name: first[name] + k.arrays[name] for name in first} for k in sent]
    ((model, job),) = server.jobs(1).values()
    for name, array in model.arrays.items():
        np.testing.assert_allclose(array, (9 * networks[0][name] + 7 * networks[1][name]) / 16, atol=1e-6)
    logits = [setting.learner.predict(model.reset(arrays), setting.store["public"]) for arrays in networks]
    np.testing.assert_allclose(job.feeds[0].targets[TEACHER], softmax(np.mean(logits, axis=0), axis=-1), atol=1e-6)
    assert job.feeds[0].inputs == "public"


def test_feddf_lowers_its_rate_along_a_cosine(setting):
    method = replace(METHODS["feddf"], fusing=Fusing(steps=4))
    server = make_server(method, setting)
    server.collect(contributions(method, setting, 1), 1)

    ((_, job),) = server.jobs(1).values()

    np.testing.assert_allclose(job.learning_rates, [1e-3 * (1 + math.cos(math.pi * i / 4)) / 2 for i in range(4)])


# FD: means by class.


def test_class_means_by_hand():
    values = np.array([[1, 3], [3, 5], [10, 0]], np.float32)

    said = class_means(values, np.array([2, 2, 0]), "a", 1, "")

    assert said.rows.tolist() == [0, 2]
    assert said.arrays["values"].tolist() == [[10, 0], [2, 4]]


def test_others_means_leave_a_site_itself_out():
    # Class 0: a says (1, 0), b (0, 1), c (0, 0.5). Class 1: a alone.
    tally = Tally([means([[1, 0], [4, 4]], [0, 1], "a"), means([[0, 1]], [0], "b"), means([[0, 0.5]], [0], "c")], 3)

    without_a, without_b, everyone = (
        tally.message(1, "", without=Profile(name, SITE.spec, 1)) if name else tally.message(1, "")
        for name in ("a", "b", "")
    )

    assert (without_a.rows.tolist(), without_a.arrays["values"].tolist()) == ([0], [[0, 0.75]])
    assert (without_b.rows.tolist(), without_b.arrays["values"].tolist()) == ([0, 1], [[0.5, 0.25], [4, 4]])
    np.testing.assert_allclose(everyone.arrays["values"], [[1 / 3, 0.5], [4, 4]], rtol=1e-6)
    assert Tally([means([[1, 0]], [0], "a")], 3).message(1, "", without=Profile("a", SITE.spec, 1)) is None


def test_each_label_gets_the_mean_of_its_class_or_nothing():
    values, known = by_label(np.array([2]), np.array([[0.5, 0.5]], np.float32), np.array([2, 0, 2]))

    assert values.tolist() == [[0.5, 0.5], [0, 0], [0.5, 0.5]]
    assert known.tolist() == [1, 0, 1]


def test_fd_exchanges_distributions_and_not_raw_logits(setting):
    client = METHODS["fd"].client(setting)
    logits = np.arange(27, dtype=np.float32).reshape(9, 3)

    (report,) = client.report(SITE, client.start(SITE), 1, {"site-00/inputs": logits})

    np.testing.assert_allclose(report.arrays["values"].sum(axis=1), 1, atol=1e-6)
    assert client.work(SITE, client.start(SITE), 1).asks == ("site-00/inputs",)


def test_fd_learns_from_means_of_its_labels_and_passes_over_unknown_classes(setting):
    client = METHODS["fd"].client(setting)
    state = client.absorb(client.start(SITE), [means([[0.2, 0.5, 0.3]], [1])], 1)

    (job,) = client.work(SITE, state, 2).jobs

    (feed,) = job.feeds
    assert feed.objective.terms == (CrossEntropy(), SoftCrossEntropy())
    assert feed.targets[LABEL] == "site-00/labels"
    expected = np.zeros((9, 3), np.float32)
    expected[1::3] = [0.2, 0.5, 0.3]
    np.testing.assert_array_equal(feed.targets[TEACHER], expected)


def test_a_silent_site_keeps_its_say_under_fd(setting):
    server = make_server(METHODS["fd"], setting)
    server.collect([means([[1, 0, 0]], [0], "site-00"), means([[0, 1, 0]], [0], "site-01")], 1)
    server.collect([means([[0, 0, 1]], [0], "site-01", 2)], 2)

    (sent,) = server.messages(OTHER, 2)

    assert sent.arrays["values"].tolist() == [[1, 0, 0]]


# FedProto.


def test_fedproto_pulls_features_towards_the_mean_prototype(setting):
    client, server = METHODS["fedproto"].client(setting), make_server(METHODS["fedproto"], setting)
    server.collect([means([[1, 0, 2], [5, 5, 5]], [0, 1], "a"), means([[3, 0, 0]], [0], "b")], 1)
    (sent,) = server.messages(SITE, 1)

    state = client.absorb(client.start(SITE), [sent], 1)
    work = client.work(SITE, state, 2)

    (feed,) = work.jobs[0].feeds
    assert sent.arrays["values"].tolist() == [[2, 0, 1], [5, 5, 5]]
    assert feed.objective.featured
    assert feed.objective.terms == (CrossEntropy(), PrototypeDistance())
    assert feed.targets[PROTOTYPE][:3].tolist() == [[2, 0, 1], [5, 5, 5], [0, 0, 0]]
    assert feed.targets[KNOWN][:3].tolist() == [1, 1, 0]
    assert work.asks == (features_of("site-00/inputs"),)


def test_prototypes_of_unlike_widths_are_refused(setting):
    server = make_server(METHODS["fedproto"], setting)

    with pytest.raises(MixedArchitecturesError, match="equally many features, but a has 2, b has 3"):
        server.collect([means([[1, 0]], [0], "a"), means([[3, 0, 0]], [0], "b")], 1)


# SCARLET.

ALL = Cache(share=1.0, duration=2)


def scarlet(setting, cache=ALL):
    method = Scarlet(Mean(), PLAIN, RECIPE, DIGEST, cache)
    return method, method.client(setting), make_server(method, setting)


def test_a_label_that_is_cached_does_not_travel_until_it_expires(setting):
    _, client, server = scarlet(setting)
    states = {site.name: client.start(site) for site in SITES}
    sizes = []

    for round_ in range(1, 6):
        logits = {"public": np.full((6, 3), float(round_), np.float32)}
        sent = [k for s in SITES for k in client.report(s, states[s.name], round_, logits)]
        if sent:
            server.collect(sent, round_)
        sizes.append(sum(len(k.rows) for k in sent))
        for site in SITES:
            states[site.name] = client.absorb(states[site.name], server.messages(site, round_), round_)

    # All are asked for in rounds 1, 3 and 5; labels of the round before are good.
    assert sizes == [12, 0, 12, 0, 12]
    assert set(states[SITE.name].memory["stamps"].tolist()) == {5}
    np.testing.assert_array_equal(states[SITE.name].memory["labels"], server.held["labels"])


def test_a_site_that_was_away_is_told_everything_with_its_round(setting):
    _, client, server = scarlet(setting, Cache(share=0.5, duration=9))
    state = client.start(SITE)
    for round_ in range(1, 5):
        wanted = server.cache.wanted(setting, server.held["stamps"], round_)
        if len(wanted):
            server.collect([replace(table(np.full((len(wanted), 3), 1 / 3), ROWS[wanted]), sender="site-00")], round_)

    messages = server.messages(OTHER, 4)
    state = client.absorb(state, messages, 4)

    assert len(messages) >= 2
    np.testing.assert_array_equal(state.memory["stamps"], server.held["stamps"])
    assert server.messages(OTHER, 4) == []


def test_a_part_of_the_public_set_is_in_play_and_both_ends_know_which(setting):
    cache = Cache(share=0.5)

    parts = [tuple(cache.played(setting, round_)) for round_ in range(1, 20)]

    assert {len(part) for part in parts} == {3}
    assert len(set(parts)) > 5


# CFD, DS-FL, Local-KD.


def test_cfd_sends_the_labels_of_a_network_and_not_the_votes(setting):
    server = make_server(METHODS["cfd"], setting)
    serve(server, setting, contributions(METHODS["cfd"], setting, 1), 1)

    (sent,) = server.messages(SITE, 1)

    (student,) = server.students().values()
    said = softmax(setting.learner.predict(student, setting.store["public"]), axis=-1)
    np.testing.assert_allclose(sent.arrays["values"], said, atol=1e-6)
    assert METHODS["cfd"].codec(Kind.PROBS, up=True).name == METHODS["cfd"].codec(Kind.PROBS, up=False).name


def test_ds_fl_digests_by_cross_entropy(setting):
    client = METHODS["ds_fl"].client(setting)
    state = client.absorb(client.start(SITE), [table(np.full((6, 3), 1 / 3))], 1)

    digest, _ = client.work(SITE, state, 2).jobs

    assert digest.feeds[0].objective.terms == (SoftCrossEntropy(),)


def test_local_kd_is_its_own_teacher_after_training_alone(setting):
    client = LocalKD(RECIPE, alone=2).client(setting)
    state = client.absorb(client.start(SITE), [], 1)
    (alone,) = client.work(SITE, state, 2).jobs

    taught = client.absorb(state, [], 2)
    (job,) = client.work(SITE, taught, 3).jobs
    later = client.absorb(replace(taught, model=setting.fresh(SITE.spec, "another")), [], 3)

    assert len(alone.feeds) == 1
    expected = softmax(setting.learner.predict(state.model, setting.store["public"]), axis=-1)
    np.testing.assert_array_equal(job.feeds[1].targets[TEACHER], expected)
    np.testing.assert_array_equal(later.memory["targets"], expected)


def test_local_kd_takes_a_fixed_teacher(setting):
    class Sure:
        def annotate(self, inputs):
            return np.eye(3, dtype=np.float32)[np.arange(len(inputs)) % 3]

    client = LocalKD(RECIPE, teacher=Sure()).client(setting)

    (job,) = client.work(SITE, client.start(SITE), 1).jobs

    assert job.feeds[1].targets[TEACHER][:2].tolist() == [[1, 0, 0], [0, 1, 0]]


@pytest.mark.parametrize("name", ["fedmd", "ds_fl", "cfd", "scarlet", "fd", "fedproto"])
def test_trees_cannot_learn_step_by_step(setting, name):
    forest = Profile("site-00", ArchSpec.of("forest", trees=3, depth=3), 9)

    with pytest.raises(ArchitectureError, match="trains by gradient"):
        METHODS[name].client(setting).start(forest)
