"""Ranked: soft labels against a reference that both ends hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedkd.errors import CorruptMessageError, KnowledgeError, OutOfRangeError
from fedkd.wire import Chain, WireContext
from fedkd.wire.stages import Ranked, Zstd

from ..samples import probs, soft_labels, softmax, there_and_back

ROWS = np.arange(400, dtype=np.int64) * 3


def context_of(table, rows=None):
    rows = np.arange(len(table)) if rows is None else rows
    return WireContext(rows, reference={"values": np.asarray(table, np.float32)})


def table_like(seed, sharpness=6.0):
    rng = np.random.default_rng(seed)
    return softmax(sharpness * rng.normal(size=(len(ROWS), 10)))


def test_a_row_by_hand():
    # Two levels of p1: 1 and 1/2. The reference ranks class 1 before class 0, so class 0 has rank 1.
    reference = context_of([[0.25, 0.75]])
    message = probs([[0.95, 0.05]])

    plan = Ranked(2).forward(message.arrays, _about(message, reference))
    received = there_and_back(message, Ranked(2), context=reference)

    assert plan["values#code"].tolist() == [1 * 2 + 0]
    np.testing.assert_allclose(received.arrays["values"], [[1.0, 0.0]])


def test_the_rest_is_spread_as_the_reference_spreads_it():
    reference = context_of([[0.1, 0.3, 0.6]])
    received = there_and_back(probs([[1 / 3 + 0.02, 1 / 3 - 0.01, 1 / 3 - 0.01]]), Ranked(2), context=reference)
    values = received.arrays["values"][0]
    # p1 = 1/3 for class 0; the other two share 2/3 as 0.3 to 0.6, but for the floor that no class falls below.
    np.testing.assert_allclose(values, [1 / 3, 2 / 3 / 3, 4 / 3 / 3], atol=2e-3)


@given(soft_labels(least_classes=2), st.integers(2, 16))
def test_any_soft_label_stays_a_distribution_with_the_same_likeliest_class(values, levels):
    received = there_and_back(probs(values), Ranked(levels)).arrays["values"]
    each = np.arange(len(values))
    first = values.argmax(axis=1)
    np.testing.assert_allclose(received.sum(axis=1), np.ones(len(values)), atol=1e-5)
    assert (received >= 0).all()
    # A row that is nearly even may arrive even.
    assert (received[each, first] >= received.max(axis=1, initial=0) - 2e-3).all()


@given(soft_labels(least_classes=2), st.integers(4, 16))
def test_error_of_the_largest_probability_is_at_most_half_a_step_of_the_angle(values, levels):
    received = there_and_back(probs(values), Ranked(levels)).arrays["values"]
    first, each = values.argmax(axis=1), np.arange(len(values))
    step = np.arccos(np.sqrt(1 / values.shape[1])) / (levels - 1) if values.size else 0.0
    angle = [np.arccos(np.sqrt(np.clip(v[each, first].astype(np.float64), 0, 1))) for v in (values, received)]
    assert (np.abs(angle[0] - angle[1]) <= step / 2 + 0.01).all()


@given(soft_labels(least_classes=3), st.integers(2, 8))
def test_the_second_class_arrives_with_its_share(values, seconds):
    received = there_and_back(probs(values), Ranked(16, seconds)).arrays["values"]
    np.testing.assert_allclose(received.sum(axis=1), np.ones(len(values)), atol=1e-5)
    order = np.argsort(-values, axis=1, kind="stable")
    each, first, second = np.arange(len(values)), order[:, 0], order[:, 1]
    unsure = received[each, first] < 0.999
    others = received.copy()
    others[each, first] = -1
    # The second likeliest class stays the likeliest of the others, though all may arrive even.
    assert (others.max(axis=1, initial=0) - received[each, second] <= 2e-3)[unsure].all()


def test_of_two_classes_the_second_is_the_other_one():
    message = probs([[0.5, 0.5], [0.0, 1.0]])
    received = there_and_back(message, Ranked(8, 4)).arrays["values"]
    np.testing.assert_allclose(received, [[0.5, 0.5], [0, 1]], atol=1e-4)


def test_a_second_class_by_hand():
    # p1 has the levels 1 and 1/3; the second class has half of what is left, or all.
    message = probs([[1 / 3, 0.0, 2 / 3]])
    stage, about = Ranked(2, 2), _about(message, WireContext())
    coded = stage.forward(message.arrays, about)
    # Nothing is known, so ranks are class ids: class 2 is rank 2; of the others class 0 comes first and takes all.
    assert coded["values#code"].tolist() == [2 * 2 + 1]
    assert coded["values#second"].tolist() == [0 * 2 + 0]
    received = stage.inverse(coded, _specs(message), about)["values"]
    np.testing.assert_allclose(received, [[2 / 3, 0, 1 / 3]], atol=2e-4)


def test_only_unsure_rows_name_their_second_class():
    # Levels of p1 at C = 3 are 1, 0.902, 0.646 and 1/3: these rows have the levels 1 and 2.
    message = probs([[0.9, 0.01, 0.09], [0.65, 0.02, 0.33]], [0, 1])
    sure, unsure = Ranked(4, 2, 1), Ranked(4, 2, 2)
    both = sure.forward(message.arrays, _about(message, WireContext()))["values#second"]
    one = unsure.forward(message.arrays, _about(message, WireContext()))["values#second"]
    # Class 2 is the second of the others 1 and 2, so its rank is 1; it takes all that is left.
    assert (both.tolist(), one.tolist()) == ([2, 2], [0, 2])
    received = there_and_back(message, unsure).arrays["values"]
    np.testing.assert_allclose(received, [[0.902, 0.049, 0.049], [0.646, 0, 0.354]], atol=1e-3)


@pytest.mark.parametrize("unsure", [0, 8])
def test_the_least_unsure_level_is_a_level(unsure):
    with pytest.raises(OutOfRangeError, match="unsure"):
        Ranked(8, 4, unsure)


def test_agreement_makes_messages_small():
    agreed = table_like(0)
    context = context_of(agreed, ROWS)
    chain = Chain((Ranked(8), Zstd(19)))

    alike = len(chain.encode(probs(agreed, ROWS), context))
    unlike = len(chain.encode(probs(table_like(1), ROWS), context))
    alone = len(chain.encode(probs(agreed, ROWS), WireContext(ROWS)))

    assert alike < 0.6 * alone
    assert alike < 0.6 * unlike


def test_rows_of_a_part_meet_their_own_reference():
    reference, part = table_like(2), np.array([5, 17, 300])
    context = context_of(reference, ROWS)
    message = probs(reference[part], ROWS[part])
    coded = Ranked(8).forward(message.arrays, _about(message, context))["values#code"]
    assert (coded // 8 == 0).all()  # each agrees with its own row, so its likeliest class has rank 0
    received = there_and_back(message, Ranked(8), context=context)
    np.testing.assert_array_equal(received.arrays["values"].argmax(1), reference[part].argmax(1))


def test_what_is_decoded_is_whole_parts_of_65535_so_that_unlike_machines_agree():
    received = there_and_back(probs(table_like(3), ROWS), Ranked(8), context=context_of(table_like(4), ROWS))
    parts = received.arrays["values"].astype(np.float64) * 65535
    np.testing.assert_allclose(parts, np.rint(parts), atol=1e-2)


def test_another_reference_is_refused():
    chain = Chain((Ranked(8),))
    data = chain.encode(probs(table_like(5), ROWS), context_of(table_like(6), ROWS))
    with pytest.raises(KnowledgeError, match="coded against reference"):
        chain.decode(data, context_of(table_like(7), ROWS))
    with pytest.raises(KnowledgeError, match="coded against reference"):
        chain.decode(data, WireContext(ROWS))


def test_a_message_without_a_reference_is_read_by_a_receiver_that_has_one():
    chain = Chain((Ranked(8),))
    sent = probs(table_like(8), ROWS)
    data = chain.encode(sent, WireContext(ROWS))
    received = chain.decode(data, context_of(table_like(9), ROWS))
    np.testing.assert_array_equal(received.arrays["values"].argmax(1), sent.arrays["values"].argmax(1))


def test_ranks_beyond_the_classes_are_refused():
    message = probs([[0.5, 0.3, 0.2]])
    stage, about = Ranked(8), _about(message, WireContext())
    with pytest.raises(CorruptMessageError, match="ranks"):
        stage.inverse({"values#code": np.array([3 * 8], np.uint8)}, _specs(message), about)


@pytest.mark.parametrize(("levels", "seconds"), [(1, 0), (65, 0), (8, 1), (8, 65), (8, -1)])
def test_levels_have_bounds(levels, seconds):
    with pytest.raises(OutOfRangeError):
        Ranked(levels, seconds)


def _about(knowledge, context):
    from fedkd.wire import StageContext

    return StageContext.of(knowledge, context)


def _specs(knowledge):
    from fedkd.wire import Spec

    return {name: Spec.of(array) for name, array in knowledge.arrays.items()}
