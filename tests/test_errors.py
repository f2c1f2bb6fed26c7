"""The table of docs/errors.md is the hierarchy of fedkd/errors.py."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fedkd import errors
from fedkd.errors import FedkdError

PAGE = Path(__file__).parents[1] / "docs" / "errors.md"
ROW = re.compile(r"^\| (\d+) \| `(\w+)` \| (.+) \| (.+) \|$", re.MULTILINE)

CLASSES = [found for found in vars(errors).values() if isinstance(found, type)]
ROWS = ROW.findall(PAGE.read_text())


def test_the_table_has_the_classes_in_their_order():
    assert [(int(code), name) for code, name, _, _ in ROWS] == [(cls.code, cls.__name__) for cls in CLASSES]


def test_the_table_has_no_other_rows():
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("|")]

    assert len(lines) == len(ROWS) + 2


def test_codes_are_unique():
    codes = [cls.code for cls in CLASSES]

    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_the_first_digit_is_the_family(cls):
    parent = cls.__mro__[1]

    assert issubclass(cls, FedkdError)
    # A family is the first of its ten; those of one member derive from the root alone.
    assert parent in (Exception, FedkdError) or parent.code // 10 == cls.code // 10


def test_an_error_is_one_sentence_whatever_libraries_say():
    error = FedkdError("the file says\n  two things", "read both")

    assert str(error) == "the file says two things; read both."
