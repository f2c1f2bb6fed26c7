"""Rows cost next to nothing when both ends hold the row set."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedkd.errors import CorruptMessageError, KnowledgeError
from fedkd.wire import WireContext
from fedkd.wire.rows import read_rows, write_rows
from fedkd.wire.v1 import knowledge_pb2 as pb

PUBLIC = np.arange(1000) * 7 + 3
AGREED = WireContext(PUBLIC)


def written(rows, context):
    header = pb.Header()
    write_rows(header, np.asarray(rows, np.int64), context)
    return header


def test_all_agreed_rows_cost_five_bytes():
    header = written(PUBLIC, AGREED)
    assert header.ByteSize() == 5
    np.testing.assert_array_equal(read_rows(header, AGREED), PUBLIC, strict=True)


def test_some_agreed_rows_cost_a_bitmap():
    rows = PUBLIC[::2]
    header = written(rows, AGREED)
    assert header.ByteSize() == 125 + 10
    np.testing.assert_array_equal(read_rows(header, AGREED), rows, strict=True)


def test_few_agreed_rows_are_spelled_out():
    rows = PUBLIC[[3, 5]]
    header = written(rows, AGREED)
    assert header.WhichOneof("rows") == "row_list"
    assert header.ByteSize() == 6
    np.testing.assert_array_equal(read_rows(header, AGREED), rows, strict=True)


def test_agreed_rows_in_another_order_are_spelled_out():
    rows = PUBLIC[::-1]
    header = written(rows, AGREED)
    assert header.WhichOneof("rows") == "row_list"
    np.testing.assert_array_equal(read_rows(header, AGREED), rows, strict=True)


def test_no_rows_cost_nothing():
    assert written([], AGREED).ByteSize() == 0
    np.testing.assert_array_equal(read_rows(pb.Header(), AGREED), np.empty(0, np.int64), strict=True)


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20))
def test_any_ids_survive(ids):
    rows = np.array(ids, np.int64)
    for context in (WireContext(), AGREED):
        np.testing.assert_array_equal(read_rows(written(rows, context), context), rows, strict=True)


@given(st.sets(st.integers(0, 999)))
def test_any_subset_survives(positions):
    rows = PUBLIC[sorted(positions)]
    header = written(rows, AGREED)
    assert header.ByteSize() <= 125 + 10
    np.testing.assert_array_equal(read_rows(header, AGREED), rows, strict=True)


@pytest.mark.parametrize("other", [WireContext(), WireContext(PUBLIC[::-1]), WireContext(PUBLIC + 1)])
@pytest.mark.parametrize("rows", [PUBLIC, PUBLIC[::2]])
def test_another_row_set_is_noticed(rows, other):
    with pytest.raises(KnowledgeError, match="row set"):
        read_rows(written(rows, AGREED), other)


@pytest.mark.parametrize("bitmap", [b"", b"\xff", b"\xff\xff\xff", b"\x00\x04"])
def test_a_bitmap_must_fit(bitmap):
    context = WireContext(np.arange(10))
    subset = pb.RowSubset(row_set=context.row_set_digest, bitmap=bitmap)
    with pytest.raises(CorruptMessageError, match="bitmap"):
        read_rows(pb.Header(row_subset=subset), context)


@pytest.mark.parametrize("ids", [[1, 1], [[1, 2]], [1.0, 2.0]])
def test_a_row_set_is_distinct_ids(ids):
    with pytest.raises(KnowledgeError, match="distinct"):
        WireContext(np.array(ids))
