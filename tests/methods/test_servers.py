"""What servers do: fuse, distil, hand down."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from fedkd.aggregate import MadFilter, Mean, MovingAverage
from fedkd.distill import LABEL, TEACHER, hard_labels, soft_labels
from fedkd.errors import CodecMismatchError, MixedArchitecturesError
from fedkd.knowledge import Kind
from fedkd.methods import FedKDNASPaper, Pooled
from fedkd.methods.ensemble import EnsembleRecipe
from fedkd.methods.student import VIEWS, HandDown, StudentRecipe, own_targets

from .cases import (
    CODED,
    METHODS,
    MIXED,
    PLAIN,
    SITES,
    STUDENT,
    contributions,
    fedkdnas,
    make_server,
    make_setting,
    serve,
    table,
)

FIRST = np.eye(3, dtype=np.float32)[[0] * 6]
SECOND = np.eye(3, dtype=np.float32)[[1] * 6]


def votes(*tables: np.ndarray):
    """One contribution a site."""
    return [replace(table(t), sender=f"site-{i:02d}") for i, t in enumerate(tables)]


def ensemble(recipe: EnsembleRecipe, rounds: int = 12):
    return make_server(FedKDNASPaper(recipe, PLAIN), make_setting(rounds))


@dataclass(frozen=True)
class Oracle:
    """A teacher that always says the last class."""

    def annotate(self, inputs: np.ndarray) -> np.ndarray:
        return np.eye(3, dtype=np.float32)[[2] * len(inputs)]


# The ensemble.


def test_the_mean_of_the_votes_goes_down_to_everyone():
    server = ensemble(EnsembleRecipe(Mean()))

    server.collect(votes(FIRST, SECOND), 1)

    for site in SITES:
        (sent,) = server.messages(site, 1)
        assert (sent.kind, sent.sender, sent.round) == (Kind.PROBS, "server", 1)
        np.testing.assert_allclose(sent.arrays["values"], [[0.5, 0.5, 0]] * 6)


def test_targets_are_smoothed_over_rounds():
    server = ensemble(EnsembleRecipe(Mean(), smoothing=MovingAverage(0.75)))

    server.collect(votes(FIRST, FIRST), 1)
    server.collect(votes(SECOND, SECOND), 2)

    np.testing.assert_allclose(server.targets, [[0.75, 0.25, 0]] * 6)


def test_a_fixed_teacher_is_mixed_in_by_its_share():
    server = ensemble(EnsembleRecipe(Mean(), teacher=Oracle(), teacher_share=0.25))

    server.collect(votes(FIRST, SECOND), 1)

    np.testing.assert_allclose(server.targets, [[0.375, 0.375, 0.25]] * 6)


def test_a_guard_puts_sites_aside_and_the_record_says_whom():
    setting = make_setting()
    many = [replace(SITES[0], name=f"site-{i:02d}") for i in range(5)]
    server = make_server(FedKDNASPaper(EnsembleRecipe(Mean(), guard=MadFilter()), PLAIN), setting, many)

    facts = server.collect(votes(FIRST, FIRST, FIRST, FIRST, SECOND), 1)

    assert facts["put_aside"] == ["site-04"]
    # The mean is (0.8, 0.2, 0): four sites are 0.4 away, one 1.6.
    assert facts["distance"] == {**{f"site-{i:02d}": 0.4 for i in range(4)}, "site-04": 1.6}
    np.testing.assert_allclose(server.targets, FIRST)


def test_after_the_last_round_nobody_is_told_targets():
    server = ensemble(EnsembleRecipe(Mean()), rounds=2)

    server.collect(votes(FIRST, FIRST), 2)

    assert server.messages(SITES[0], 1) != []
    assert server.messages(SITES[0], 2) == []


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_impossible_shares_are_refused(share):
    with pytest.raises(ValueError, match="teacher_share"):
        EnsembleRecipe(Mean(), teacher_share=share)


# The hand-down.


@pytest.mark.parametrize(
    ("every", "expected"), [(3, [3, 6, 9, 12]), (5, [5, 10, 12]), (1, [*range(1, 13)]), (20, [12])]
)
def test_weights_go_down_every_few_rounds_and_at_the_end(every, expected):
    hand_down = HandDown(every=every)

    assert [round_ for round_ in range(1, 13) if hand_down.latest(round_, 12) == round_] == expected


@pytest.mark.parametrize("mode", ["off", "feedback"])
def test_other_modes_hand_no_weights_down(mode):
    assert not any(HandDown(mode=mode).latest(round_, 12) for round_ in range(13))


def test_feedback_waits_and_then_grows():
    hand_down = HandDown(mode="feedback", share=0.6, ramp=3)

    shares = [hand_down.feedback_share(round_) for round_ in range(1, 8)]

    # Labels of the end of round 3 are used in round 4, the first after three rounds.
    np.testing.assert_allclose(shares, [0, 0, 0.2, 0.4, 0.6, 0.6, 0.6])


@pytest.mark.parametrize("mode", ["off", "weights"])
def test_other_modes_feed_nothing_back(mode):
    assert {HandDown(mode=mode).feedback_share(round_) for round_ in range(13)} == {0.0}


@pytest.mark.parametrize("settings", [{"every": 0}, {"ramp": 0}, {"share": -0.1}, {"share": 1.1}])
def test_impossible_hand_downs_are_refused(settings):
    with pytest.raises(ValueError, match="hand-down needs"):
        HandDown(**settings)


def test_own_targets_mix_probabilities():
    mixed = own_targets(np.log(np.float32([[1, 2, 1]])), np.float32([[1, 0, 0]]), 0.5)

    np.testing.assert_allclose(mixed, [[0.625, 0.25, 0.125]], rtol=1e-6)
    assert mixed.dtype == np.float32


def sent_kinds(method, rounds: int = 4) -> list[list[Kind]]:
    setting = make_setting(rounds)
    server = make_server(method, setting)
    kinds = []
    for round_ in range(1, rounds + 1):
        serve(server, setting, contributions(method, setting, round_), round_)
        kinds.append(sorted(message.kind for message in server.messages(SITES[0], round_)))
    return kinds


def test_what_goes_down_in_each_mode():
    labels, weights, both = [Kind.PROBS], [Kind.WEIGHTS], [Kind.PROBS, Kind.WEIGHTS]

    assert sent_kinds(fedkdnas(every=2, relabel=False)) == [labels, both, labels, weights]
    assert sent_kinds(fedkdnas(every=2, relabel=True)) == [labels, weights, labels, weights]
    assert sent_kinds(fedkdnas(mode="off")) == [labels, labels, labels, []]
    assert sent_kinds(fedkdnas(mode="feedback")) == [labels, labels, labels, []]


def test_feedback_mixes_the_students_into_the_labels_but_not_into_the_targets():
    method, setting = fedkdnas(mode="feedback", ramp=1, share=0.5), make_setting()
    server = make_server(method, setting)

    serve(server, setting, votes(FIRST, FIRST), 1)

    (student,) = server.students().values()
    said = setting.learner.predict(student, setting.store["public"])
    (message,) = server.messages(SITES[0], 1)
    np.testing.assert_allclose(message.arrays["values"], own_targets(said, FIRST, 0.5), rtol=1e-6)
    np.testing.assert_allclose(server.ensemble.targets, FIRST, atol=1e-6)


# Students.


def test_there_is_one_student_an_architecture():
    setting = make_setting()
    server = make_server(fedkdnas(), setting, MIXED)
    server.collect(votes(FIRST, FIRST), 1)

    jobs = server.jobs(1)

    assert set(server.students()) == {site.spec for site in MIXED}
    assert len(jobs) == 2
    for model, job in jobs.values():
        (feed,) = job.feeds
        assert (feed.inputs, feed.objective, feed.rows.shape) == (VIEWS, soft_labels(), (2, 4))
        np.testing.assert_allclose(feed.targets[TEACHER], FIRST, atol=1e-6)
        assert model.spec in server.students()


def test_students_see_whole_versions_of_the_public_set_one_after_the_other():
    setting = make_setting()
    server = make_server(fedkdnas(), setting)

    views = server.arrays()[VIEWS]

    public = setting.store["public"]
    assert views.shape == (STUDENT.versions * len(public), 4)
    # The view adds noise of 0.1, so row i is a look at sample i modulo the size of the set.
    np.testing.assert_allclose(views, np.tile(public, (STUDENT.versions, 1)), atol=0.6)
    assert np.abs(views[: len(public)] - views[len(public) :]).max() > 0


def student_rates(recipe: StudentRecipe, round_: int, rounds: int = 4) -> tuple[int, tuple[float, ...]]:
    setting = make_setting(rounds)
    server = make_server(fedkdnas(), setting)
    job = recipe.job(setting, next(iter(server.students().values())), round_, FIRST)
    return job.steps, job.learning_rates


def test_the_last_round_is_longer_and_ends_slowly():
    rate = STUDENT.optimizer.learning_rate

    assert student_rates(STUDENT, 3) == (2, ())
    assert student_rates(STUDENT, 4) == (5, (rate,) * 3 + (rate / 5,) * 2)
    assert student_rates(replace(STUDENT, polish_steps=0), 4) == (3, ())
    assert student_rates(replace(STUDENT, final_steps=0), 4) == (2, ())


def test_weights_that_go_down_are_those_of_the_receivers_architecture():
    setting = make_setting(rounds=1)
    server = make_server(fedkdnas(), setting, MIXED)
    serve(server, setting, votes(FIRST, FIRST), 1)

    for site in MIXED:
        (message,) = server.messages(site, 1)
        for name, array in server.students()[site.spec].arrays.items():
            np.testing.assert_array_equal(message.arrays[name], array)


# The others.


def test_pooled_training_sees_all_private_samples():
    setting = make_setting()
    server = make_server(METHODS["pooled"], setting)

    arrays = server.arrays()

    assert arrays["pooled/inputs"].shape == (2 * 16, 4)
    assert arrays["pooled/labels"].tolist() == [*[i % 3 for i in range(9)], *[i % 3 for i in range(7)]]
    ((model, job),) = server.jobs(1).values()
    (feed,) = job.feeds
    assert (feed.inputs, feed.objective) == ("pooled/inputs", hard_labels(1.0))
    assert feed.targets == {LABEL: "pooled/labels"}
    assert model.spec == SITES[0].spec


def test_pooled_training_may_take_samples_as_they_are():
    setting = make_setting()

    arrays = make_server(Pooled(PLAIN, versions=0), setting).arrays()

    private = [setting.store[f"{site.name}/inputs"] for site in SITES]
    np.testing.assert_array_equal(arrays["pooled/inputs"], np.concatenate(private))


def test_pooled_training_slows_down_in_the_last_fifth():
    server = make_server(METHODS["pooled"], make_setting(rounds=10))

    rates = [next(iter(server.jobs(round_).values()))[1].learning_rates[0] for round_ in range(1, 11)]

    np.testing.assert_allclose(rates, [2e-3] * 8 + [4e-4] * 2)


def test_federated_averaging_serves_one_architecture():
    setting = make_setting()
    server = make_server(METHODS["fedavg"], setting)

    assert METHODS["fedavg"].one_architecture
    with pytest.raises(MixedArchitecturesError, match="site-01 cannot move"):
        server.enrol(MIXED[1])


def test_local_training_has_no_codec():
    with pytest.raises(CodecMismatchError, match="sends no probs"):
        METHODS["local"].codec(Kind.PROBS, up=True)


def test_labels_and_weights_have_their_own_codecs():
    method = fedkdnas()

    assert method.codec(Kind.PROBS, up=True) == method.codec(Kind.PROBS, up=False) == PLAIN
    assert method.codec(Kind.WEIGHTS, up=False) == CODED
