"""Any table as one CSV file with a line of names."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fedkd.data.build import Labelled, build_corpus
from fedkd.data.examples import Corpus
from fedkd.data.sources._cells import read_cells
from fedkd.data.sources._files import require_file
from fedkd.errors import InvalidValuesError, OutOfRangeError, UnreadableDataError


@dataclass(frozen=True)
class CsvTable:
    """Inputs [N, F] from columns of numbers, and classes from one column. Numbers are taken as they are.

    Attributes:
        path: The file.
        name: What figures call the data set.
        label: Name of the column that holds the classes.
        labels: What stands there, in the order of the classes. None takes what is found, in order of the alphabet.
        columns: Names of the columns that networks read, in that order. None takes all but the label's, in the order
            of the file.
    """

    path: str
    name: str
    label: str
    labels: tuple[str, ...] | None = None
    columns: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.label in (self.columns or ()):
            raise OutOfRangeError(f"source.columns holds the label '{self.label}'", "leave it out")

    def load(self) -> Corpus:
        """See Source."""
        path = require_file(Path(self.path))
        heads = _heads(path)
        wanted = self.columns or tuple(head for head in heads if head != self.label)
        if absent := [name for name in (self.label, *wanted) if name not in heads]:
            raise UnreadableDataError(
                f"{path} has no column '{absent[0]}', but {', '.join(heads[:12])}", "correct its first line"
            )
        try:
            inputs = read_cells(path, np.float32, [heads.index(name) for name in wanted])
            found = read_cells(path, str, [heads.index(self.label)])[:, 0]
        except (ValueError, OSError) as error:
            raise UnreadableDataError(f"{path} has a cell or line that is no number ({error})", "correct it") from error
        labels = self.labels or tuple(np.unique(found).tolist())
        return build_corpus(self.name, Labelled(inputs, _classes(path, found, labels)), None, len(labels))


def _heads(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            heads, first = next(csv.reader(file), []), file.readline()
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableDataError(f"{path} is not a CSV file ({error})", "check its path") from error
    if len(set(heads)) < len(heads) or not first.strip():
        raise UnreadableDataError(
            f"{path} has a column twice, or no rows", "give a line of distinct names, and rows below it"
        )
    return heads


def _classes(path: Path, found: NDArray[np.str_], labels: tuple[str, ...]) -> NDArray[np.int64]:
    if unknown := set(found.tolist()) - set(labels):
        raise InvalidValuesError(
            f"{path} has a label '{min(unknown)}', known are {', '.join(labels[:12])}", "use the labels all agreed on"
        )
    place = {label: class_ for class_, label in enumerate(labels)}
    return np.array([place[label] for label in found.tolist()], np.int64)
