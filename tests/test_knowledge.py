"""Knowledge keeps itself from being changed, and says precisely what is wrong with it."""

import numpy as np
import pytest

from fedkd.errors import KnowledgeError
from fedkd.knowledge import Kind, Knowledge, Schema

NO_ROWS = np.empty(0, np.int64)


def make(kind=Kind.PROBS, arrays=None, rows=(3, 1), at=0, fingerprint="00ff"):
    if arrays is None:
        arrays = {"values": np.array([[0.5, 0.5], [1.0, 0.0]], np.float32)}
    return Knowledge(kind, arrays, np.array(rows, np.int64), "site-1", at, fingerprint)


SCHEMA = Schema(Kind.PROBS, rows=np.array([1, 2, 3]), columns=2)


def test_valid_probabilities_pass():
    make().validate(SCHEMA)


def test_arrays_cannot_be_changed_through_knowledge():
    mine = np.array([[0.5, 0.5], [1.0, 0.0]], np.float32)
    knowledge = make(arrays={"values": mine})
    with pytest.raises(ValueError, match="read-only"):
        knowledge.arrays["values"][0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        knowledge.rows[0] = 1
    with pytest.raises(TypeError):
        knowledge.arrays["more"] = mine
    mine[0, 0] = 0.25  # the maker's own array stays writable


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": [[3, 1]]}, r"rows are int64 \[1, 2\]"),
        ({"at": -1}, "round -1"),
        ({"at": 2**32}, "out of range"),
        ({"fingerprint": "xyz"}, "fingerprint 'xyz'"),
        ({"fingerprint": "abc"}, "fingerprint 'abc'"),
        ({"arrays": {"": np.ones(2)}}, "'' cannot name"),
        ({"arrays": {"weight#scale": np.ones(2)}}, "'weight#scale' cannot name"),
    ],
)
def test_impossible_fields_are_refused(change, message):
    with pytest.raises(KnowledgeError, match=message):
        make(**change)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([[0.5, 0.5]], r"'values' has shape \[1, 2\], not \[2, 2\]"),
        ([[0.2, 0.3, 0.5], [0, 0, 1]], r"'values' has shape \[2, 3\], not \[2, 2\]"),
        ([[0.5, 0.5], [np.nan, 1]], r"'values' has 1 non-finite values, first at \[1, 0\]"),
        ([[0.5, 0.5], [np.inf, -np.inf]], "'values' has 2 non-finite values"),
        ([[0.5, 0.52], [1, 0]], "1 of 2 rows of 'values' are no distribution; row 3 sums to 1.02"),
        ([[0.5, 0.5], [1.5, -0.5]], "row 1 sums to 1 with least value -0.5"),
    ],
)
def test_wrong_probabilities_are_refused(values, message):
    with pytest.raises(KnowledgeError, match=message):
        make(arrays={"values": np.array(values, np.float32)}).validate(SCHEMA)


def test_row_sums_may_be_off_by_a_hundredth():
    make(arrays={"values": np.array([[0.5, 0.509], [0.991, 0]], np.float32)}).validate(SCHEMA)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([3, 3], r"row ids occur more than once: \[3\]"),
        ([3, 9], r"1 row ids are unknown, the first \[9\]"),
        ([3, 1, 2], r"'values' has shape \[2, 2\], not \[3, 2\]"),
    ],
)
def test_wrong_rows_are_refused(rows, message):
    with pytest.raises(KnowledgeError, match=message):
        make(rows=rows).validate(SCHEMA)


def test_any_rows_and_columns_pass_an_open_schema():
    make(rows=[77, 5]).validate(Schema(Kind.PROBS))


def test_names_must_be_those_of_the_schema():
    values = make().arrays["values"]
    with pytest.raises(KnowledgeError, match=r"missing: \['values'\], unexpected: \['vals'\]"):
        make(arrays={"vals": values}).validate(SCHEMA)
    schema = Schema(Kind.PROBS, extras=("coverage",))
    with pytest.raises(KnowledgeError, match=r"missing: \['coverage'\]"):
        make().validate(schema)
    make(arrays={"values": values, "coverage": np.ones(2, np.float32)}).validate(schema)


def test_kind_must_be_that_of_the_schema():
    with pytest.raises(KnowledgeError, match="kind is probs, not logits"):
        make().validate(Schema(Kind.LOGITS))


def test_logits_need_no_row_sums_but_must_be_floats():
    make(Kind.LOGITS, {"values": np.array([[-3.0, 8.0], [0, 0]])}).validate(Schema(Kind.LOGITS, columns=2))
    with pytest.raises(KnowledgeError, match="'values' is int64"):
        make(Kind.LOGITS, {"values": np.array([[-3, 8], [0, 0]])}).validate(Schema(Kind.LOGITS))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.array([0, 2]), "'labels' span 0 to 2"),
        (np.array([-1, 1]), "'labels' span -1 to 1"),
        (np.array([0.0, 1.0]), "'labels' is float64"),
        (np.array([[0, 1]]), r"'labels' has shape \[1, 2\], not \[2\]"),
    ],
)
def test_wrong_labels_are_refused(labels, message):
    with pytest.raises(KnowledgeError, match=message):
        make(Kind.LABELS, {"labels": labels}).validate(Schema(Kind.LABELS, columns=2))


def test_weights_are_checked_by_name_and_shape():
    schema = Schema(Kind.WEIGHTS, shapes={"layer.weight": (2, 3), "steps": ()})
    good = {"layer.weight": np.ones((2, 3), np.float32), "steps": np.array(7)}
    make(Kind.WEIGHTS, good, NO_ROWS).validate(schema)
    with pytest.raises(KnowledgeError, match=r"'layer.weight' has shape \[3, 2\], not \[2, 3\]"):
        make(Kind.WEIGHTS, good | {"layer.weight": np.ones((3, 2))}, NO_ROWS).validate(schema)
    with pytest.raises(KnowledgeError, match=r"missing: \['steps'\]"):
        make(Kind.WEIGHTS, {"layer.weight": good["layer.weight"]}, NO_ROWS).validate(schema)
    with pytest.raises(KnowledgeError, match=r"'steps' has 1 non-finite values, first at \[\]"):
        make(Kind.WEIGHTS, good | {"steps": np.array(np.nan)}, NO_ROWS).validate(schema)
    with pytest.raises(KnowledgeError, match="weights name 2 rows"):
        make(Kind.WEIGHTS, good).validate(schema)


def test_shapes_are_only_for_kinds_that_need_them():
    with pytest.raises(KnowledgeError, match="a schema of probs has shapes"):
        Schema(Kind.PROBS, shapes={"values": (2, 2)})
