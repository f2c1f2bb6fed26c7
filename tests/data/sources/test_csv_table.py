"""Tables in CSV files."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.data.sources import CsvTable
from fedkd.errors import InvalidValuesError, OutOfRangeError, UnreadableDataError

TABLE = 'diagnosis,area,"smooth, mean"\nM,1.5,0.25\nB,2,0.5\nM,3e1,0.75\n'


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(TABLE)
    return path


def test_numbers_in_order_of_the_file_and_classes_in_order_of_the_alphabet(table):
    corpus = CsvTable(str(table), "toy", "diagnosis").load()

    assert corpus.train.inputs.tolist() == [[1.5, 0.25], [2.0, 0.5], [30.0, 0.75]]
    assert corpus.train.inputs.dtype == np.float32
    assert corpus.train.targets.tolist() == [1, 0, 1]
    assert (corpus.classes, corpus.test, corpus.owners) == (2, None, None)


def test_order_is_what_was_agreed(table):
    agreed = CsvTable(str(table), "toy", "diagnosis", ("M", "B", "unclear"), ("smooth, mean", "area"))

    corpus = agreed.load()

    assert corpus.train.inputs[0].tolist() == [0.25, 1.5]
    assert corpus.train.targets.tolist() == [0, 1, 0]
    assert corpus.classes == 3


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        (TABLE.replace("diagnosis", "result"), UnreadableDataError, "no column 'diagnosis', but result, area"),
        (TABLE.replace("30", "many").replace("3e1", "many"), UnreadableDataError, "no number"),
        (TABLE.replace("3e1", "nan"), InvalidValuesError, "NaN"),
        (TABLE.replace("B,", "X,"), InvalidValuesError, "a label 'X', known are B, M"),
        (TABLE.replace('"smooth, mean"', "area"), UnreadableDataError, "a column twice"),
        ("diagnosis,area\n", UnreadableDataError, "no rows"),
        ("", UnreadableDataError, "no rows"),
        (TABLE + "M,1\n", UnreadableDataError, "no number"),
    ],
)
def test_what_does_not_fit_is_refused(text, error, words, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(text)

    with pytest.raises(error, match=words):
        CsvTable(str(path), "toy", "diagnosis", ("B", "M")).load()


def test_the_label_is_no_feature():
    with pytest.raises(OutOfRangeError, match="holds the label 'a'"):
        CsvTable("t.csv", "toy", "a", columns=("a", "b"))
