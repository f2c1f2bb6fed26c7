"""Who attacks, and that nothing else is touched."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy.special import softmax

from fedkd.attacks import Adversary, Honest, LabelShift, LeastLikely, RandomVotes, Scaled
from fedkd.construct import construct
from fedkd.errors import OutOfRangeError
from fedkd.knowledge import Kind, Knowledge, Schema
from sim.streams import Streams

from .cases import message, parameters

STREAMS = Streams(0)
NAMES = tuple(f"site-{k:02d}" for k in range(20))
ROWS = np.arange(3)
SHIFT = Adversary(0.2, LabelShift())
AXIS = Path(__file__).parents[2] / "scenarios" / "attack"


def sent(adversary: Adversary, messages: list[Knowledge], attackers: str = "m", round_: int = 1) -> list[Knowledge]:
    return adversary.distort(messages, frozenset(attackers), ROWS, round_, STREAMS)


@pytest.mark.parametrize(("share", "count"), [(0.0, 0), (0.2, 4), (0.27, 5), (0.99, 19)])
def test_a_share_of_the_sites_attacks_but_never_all(share, count):
    attackers = Adversary(share, Honest()).attackers(NAMES, STREAMS)

    assert len(attackers) == count
    assert attackers <= set(NAMES)


def test_attackers_depend_on_the_seed_alone_and_smaller_shares_are_subsets():
    some, more = (Adversary(share, LabelShift()).attackers(NAMES, STREAMS) for share in (0.2, 0.4))

    assert some < more
    assert some == Adversary(0.2, RandomVotes()).attackers(NAMES, STREAMS)
    assert len({Adversary(0.2, Honest()).attackers(NAMES, Streams(seed)) for seed in range(5)}) > 1


def test_nobody_honest_is_touched_and_the_order_stays():
    messages = [message([[0.7, 0.2, 0.1]] * 3, name) for name in "amz"]

    after = sent(SHIFT, messages)

    assert after[0] is messages[0]
    assert after[2] is messages[2]
    np.testing.assert_allclose(after[1].arrays["values"], [[0.1, 0.7, 0.2]] * 3)
    assert (after[1].sender, after[1].kind, after[1].round) == ("m", Kind.PROBS, 1)


def test_without_attackers_everything_stays():
    messages = [message([[0.7, 0.2, 0.1]] * 3, name) for name in "am"]

    assert sent(SHIFT, messages, attackers="") == messages
    assert sent(Adversary(), messages) == messages


def test_the_control_sends_the_very_messages():
    messages = [message([[3, 1, -7]] * 3, "m", Kind.LOGITS), message([[1, 0, 0]] * 3, "m"), parameters([1, 2], "m")]

    after = sent(Adversary(0.2, Honest()), messages)

    assert after[:2] == messages[:2]
    np.testing.assert_array_equal(after[2].arrays["weight"], [1, 2])


def test_attackers_see_what_the_honest_say_about_the_same_rows():
    # The honest site speaks of rows 2 and 0; the attacker of 0, 2 and 1, in that order.
    messages = [
        message([[0.6, 0.3, 0.1], [0.1, 0.3, 0.6]], "a", rows=[2, 0]),
        message([[1 / 3] * 3] * 3, "m", rows=[0, 2, 1]),
    ]

    after = sent(Adversary(0.2, LeastLikely()), messages)

    # Of row 1 nobody honest speaks: all classes are equally unlikely, and the first is taken.
    assert after[1].arrays["values"].tolist() == [[1, 0, 0], [0, 0, 1], [1, 0, 0]]


def test_attackers_among_themselves_attack_one_another():
    after = sent(Adversary(0.5, LeastLikely()), [message([[0.6, 0.3, 0.1]] * 3, "m")])

    assert after[0].arrays["values"].tolist() == [[0, 0, 1]] * 3


def test_logits_become_false_logits():
    logits = [[3, 1, -1], [0, 5, 1], [0, 0, 0]]
    messages = [message([[0, 0, 0]] * 3, "a", Kind.LOGITS), message(logits, "m", Kind.LOGITS)]

    false = sent(SHIFT, messages)[1].arrays["values"]

    np.testing.assert_allclose(softmax(false, -1), softmax(np.roll(logits, 1, -1), -1), atol=1e-6)
    np.testing.assert_allclose(false.mean(-1), np.mean(logits, -1), atol=1e-5)


def test_scaled_logits_are_multiples_about_their_mean():
    messages = [message([[0, 0, 0]] * 3, "a", Kind.LOGITS), message([[3, 1, -1]] * 3, "m", Kind.LOGITS)]

    false = sent(Adversary(0.2, Scaled(factor=2)), messages)[1].arrays["values"]

    np.testing.assert_allclose(false, [[5, 1, -3]] * 3, atol=1e-4)


def test_false_logits_are_finite():
    messages = [message([[0.0, 1, 2]] * 3, name, Kind.LOGITS) for name in "am"]

    false = sent(Adversary(0.2, LeastLikely()), messages)[1]

    false.validate(Schema(Kind.LOGITS, rows=ROWS, columns=3))
    assert np.ptp(false.arrays["values"]) == pytest.approx(-np.log(1e-12), rel=1e-5)


@pytest.mark.parametrize("name", sorted(path.stem for path in AXIS.glob("*.yaml")))
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_every_choice_of_the_axis_sends_what_a_server_accepts(name, dtype):
    adversary = construct(yaml.safe_load((AXIS / f"{name}.yaml").read_text()), Adversary)
    draw = np.random.Generator(np.random.PCG64(0))
    tables = draw.dirichlet([0.3] * 4, (10, 3)).astype(dtype)
    messages = [
        Knowledge(Kind.PROBS, {"values": t, "coverage": np.ones(3, dtype)}, ROWS, f"site-{k}", 1, "")
        for k, t in enumerate(tables)
    ]
    attackers = adversary.attackers([k.sender for k in messages], STREAMS)

    after = adversary.distort(messages, attackers, ROWS, 1, STREAMS)

    for knowledge in after:
        knowledge.validate(Schema(Kind.PROBS, rows=ROWS, columns=4, extras=("coverage",)))
        assert knowledge.arrays["values"].dtype == dtype
    changed = {k.sender for k, before in zip(after, messages, strict=True) if k is not before}
    assert changed == (frozenset() if name in ("none", "honest") else attackers)
    assert len(attackers) == (0 if name == "none" else 2)


def test_the_axis_has_a_choice_for_every_attack():
    names = {path.stem for path in AXIS.glob("*.yaml")}

    assert names == {"none", "honest", "label_shift", "least_likely", "random", "scaled", "colluding", "adaptive"}


def test_chance_depends_on_round_and_seed_alone():
    messages = [message([[0.7, 0.2, 0.1]] * 3, name) for name in "am"]
    noise = Adversary(0.2, RandomVotes())

    once, again, later = (sent(noise, messages, round_=r)[1].arrays["values"] for r in (1, 1, 2))

    np.testing.assert_array_equal(once, again)
    assert not np.array_equal(once, later)


@pytest.mark.parametrize("kind", [Kind.UPDATE, Kind.WEIGHTS])
def test_scaling_falsifies_parameters_and_leaves_whole_numbers(kind):
    messages = [parameters([1, -2], "a", kind), parameters([1, -2], "m", kind)]

    after = sent(Adversary(0.2, Scaled(factor=5)), messages)

    assert after[0] is messages[0]
    assert after[1].arrays["weight"].tolist() == [-5, 10]
    assert after[1].arrays["seen"] == 7
    after[1].validate(Schema(kind, shapes={"weight": (2,), "seen": ()}))


def test_an_attack_on_predictions_refuses_parameters():
    with pytest.raises(OutOfRangeError, match="LabelShift falsifies predictions, but 'm' sends update"):
        sent(SHIFT, [parameters([1], "m")])


def test_other_kinds_stay():
    prototypes = message([[1, 2]], "m", Kind.PROTOTYPES)

    assert sent(SHIFT, [prototypes]) == [prototypes]


def test_means_by_class_may_have_ids_that_are_no_public_rows():
    messages = [message([[4, 0]] * 2, name, Kind.LOGITS, rows=[100, 101]) for name in "am"]

    false = sent(SHIFT, messages)[1]

    assert false.rows.tolist() == [100, 101]
    np.testing.assert_allclose(false.arrays["values"], [[0, 4]] * 2, atol=1e-5)


def test_one_site_may_send_several_kinds():
    messages = [message([[1, 0, 0]] * 3, "m"), message([[2, 1, 0]] * 3, "m", Kind.LOGITS)]

    probs, logits = sent(SHIFT, messages)

    assert probs.arrays["values"].tolist() == [[0, 1, 0]] * 3
    np.testing.assert_allclose(logits.arrays["values"], [[0, 2, 1]] * 3, atol=1e-5)


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_impossible_shares_are_refused(share):
    with pytest.raises(ValueError, match="share="):
        Adversary(share, LabelShift())


def test_attackers_without_an_attack_are_refused():
    with pytest.raises(ValueError, match=r"share=0\.2 of the sites attack, but attack is null"):
        Adversary(0.2)
