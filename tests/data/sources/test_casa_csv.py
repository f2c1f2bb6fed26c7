"""Smart homes in FEDn's layout. The files are written here: these numbers are not CASA."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.data.sources import CasaCsv
from fedkd.errors import InvalidValuesError, OutOfRangeError, UnreadableDataError


def test_a_folder_of_homes(casa_folder):
    corpus = CasaCsv(str(casa_folder)).load()

    assert corpus.train.inputs.shape == (36, 36, 1)
    assert corpus.classes == 10
    assert corpus.test is None
    assert corpus.owners is not None
    assert corpus.owners.tolist() == [0] * 25 + [1] * 11
    # Row 3 of the second home is row 103: features 103.00, 103.01 ..., activity 3.
    np.testing.assert_allclose(corpus.train.inputs[28, :3, 0], [103.0, 103.01, 103.02], rtol=1e-6)
    assert corpus.train.targets[28] == 3


def test_windows_end_with_their_home(casa_folder):
    corpus = CasaCsv(str(casa_folder), window=4).load()

    assert corpus.train.inputs.shape == (6 + 2, 36, 4)
    assert corpus.owners is not None
    assert corpus.owners.tolist() == [0] * 6 + [1] * 2
    # The second window of the first home holds rows 4 to 7 and is labelled by row 7.
    np.testing.assert_allclose(corpus.train.inputs[1, 0], [4, 5, 6, 7])
    assert corpus.train.targets[1] == 7


def test_one_file_with_homes(tmp_path, casa_lines):
    path = tmp_path / "all.csv"
    path.write_text(
        "\n".join(casa_lines(6, homes=["b", "a, upstairs", "b", "a, upstairs", "b", "b"])).replace(
            "a, upstairs", '"a, upstairs"'
        )
    )

    corpus = CasaCsv(str(path)).load()

    assert corpus.owners is not None
    assert corpus.owners.tolist() == [0, 0, 1, 1, 1, 1]
    assert corpus.train.inputs[:, 0, 0].tolist() == [1, 3, 0, 2, 4, 5]


def test_one_file_without_homes(tmp_path, casa_lines):
    path = tmp_path / "all.csv"
    path.write_text("\n".join(casa_lines(12)))
    corpus = CasaCsv(str(path)).load()
    assert corpus.owners is None
    assert len(corpus.train) == 12


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda lines: lines[1:], UnreadableDataError, "no line of names"),
        (lambda lines: lines[:1], UnreadableDataError, "no rows below"),
        (lambda lines: [line + ",x" for line in lines], UnreadableDataError, "48 columns"),
        (lambda lines: [line.rsplit(",", 1)[0] for line in lines], UnreadableDataError, "46 columns"),
        (lambda lines: [*lines, "7,1.0"], UnreadableDataError, "cell or line"),
        (lambda lines: [*lines, lines[1].replace("0.00", "oops")], UnreadableDataError, "cell or line"),
        (lambda lines: [*lines, lines[1].replace("0.01", "nan")], InvalidValuesError, "NaN"),
        (
            lambda lines: [*lines, lines[1].replace("1.0,", "0.0,")],
            InvalidValuesError,
            "exactly one activity",
        ),
        (
            lambda lines: [*lines, lines[2].replace("1.0,", "0.5,")],
            InvalidValuesError,
            "exactly one activity",
        ),
    ],
)
def test_bad_files(change, error, message, tmp_path, casa_lines):
    path = tmp_path / "home.csv"
    path.write_text("\n".join(change(casa_lines(12))))
    with pytest.raises(error, match=message):
        CasaCsv(str(path)).load()


def test_errors_of_path_and_window(tmp_path, casa_folder):
    with pytest.raises(UnreadableDataError, match="no file /nowhere"):
        CasaCsv("/nowhere").load()
    with pytest.raises(UnreadableDataError, match="no CSV file"):
        CasaCsv(str(tmp_path)).load()
    with pytest.raises(InvalidValuesError, match=r"csh102\.csv has 11 rows"):
        CasaCsv(str(casa_folder), window=12).load()
    with pytest.raises(OutOfRangeError, match=r"source\.window"):
        CasaCsv("somewhere", window=0)
