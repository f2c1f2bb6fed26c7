"""Smart homes of CASAS as FEDn prepares them ("CASA"): activity recognition from ambient sensors.

Cook et al., UCI data set 506. FEDn's CSV has an index, 36 normalised features of a window of sensor events,
and the activity as one of ten columns.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fedkd.data.build import Labelled, build_corpus
from fedkd.data.checks import require_at_least
from fedkd.data.examples import Corpus
from fedkd.data.sources._cells import read_cells
from fedkd.data.sources._files import entries, require_file
from fedkd.errors import InvalidValuesError, UnreadableDataError

FEATURES = 36
ACTIVITIES = 10
_COLUMNS = 1 + FEATURES + ACTIVITIES

Table = NDArray[np.float32]


@dataclass(frozen=True)
class CasaCsv:
    """Inputs [N, 36, window], ten activities.

    Attributes:
        path: A folder with one CSV file a home, or one CSV file. With an additional last column `home` the
            latter names its owners; without it there are none.
        window: Consecutive rows of a home that make a sample, labelled with the activity of the last one.
            Windows do not overlap, so no two sets share a row; rows left over at the end of a home
            are dropped.
    """

    path: str
    window: int = 1

    def __post_init__(self) -> None:
        require_at_least("source.window", self.window, 1)

    def load(self) -> Corpus:
        """See Source. Owners are numbered in the order of the names of files or homes."""
        homes, are_owners = _homes(Path(self.path))
        samples = [_windows(name, table, self.window) for name, table in homes]
        inputs = np.concatenate([part.inputs for part in samples])
        targets = np.concatenate([part.targets for part in samples])
        owners = np.repeat(np.arange(len(homes)), [len(part.targets) for part in samples])
        return build_corpus("CASA", Labelled(inputs, targets), None, ACTIVITIES, owners if are_owners else None)


def _homes(path: Path) -> tuple[list[tuple[str, Table]], bool]:
    """The rows of each home with a name for errors, and whether the homes are really told apart."""
    if path.is_dir():
        files = [file for file in entries(path) if file.suffix == ".csv"]
        if not files:
            raise UnreadableDataError(f"{path} holds no CSV file", "check the path of the source")
        return [(str(file), _read(file)[0]) for file in files], True
    table, home = _read(path)
    if home is None:
        return [(str(path), table)], False
    return [(f"home {name} in {path}", table[home == name]) for name in np.unique(home)], True


def _read(path: Path) -> tuple[Table, NDArray[np.str_] | None]:
    """The 46 columns of features and activities, and the column `home` if there is one."""
    has_home = _columns(path) > _COLUMNS
    try:
        table = read_cells(path, np.float32, range(1, _COLUMNS))
        home = read_cells(path, str, (_COLUMNS,))[:, 0] if has_home else None
    except (ValueError, OSError) as error:
        raise UnreadableDataError(f"{path} has a cell or line that cannot be read ({error})", "correct it") from error
    return table, home


def _columns(path: Path) -> int:
    require_file(path)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            head, first = next(csv.reader(file), []), file.readline()
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableDataError(f"{path} is not a CSV file ({error})", "check the path of the source") from error
    named = head[_COLUMNS:] == ["home"] or len(head) == _COLUMNS
    if not named or head[0].strip().isdigit() or not first.strip():
        raise UnreadableDataError(
            f"{path} has {len(head)} columns in its first line, or no line of names, or no rows below it",
            f"use a CSV file with a line of names, then an index, {FEATURES} features, {ACTIVITIES} "
            "activities and, if the homes are in one file, home",
        )
    return len(head)


def _windows(home: str, table: Table, window: int) -> Labelled:
    features, activities = table[:, :FEATURES], table[:, FEATURES:]
    if not (np.isin(activities, (0, 1)).all() and (activities.sum(axis=1) == 1).all()):
        raise InvalidValuesError(
            f"{home} has a row without exactly one activity",
            "set one of the ten columns to 1",
        )
    count = len(table) // window
    if count == 0:
        raise InvalidValuesError(
            f"{home} has {len(table)} rows, fewer than a window of {window}",
            "shorten source.window",
        )
    used = features[: count * window].reshape(count, window, FEATURES)
    labels = activities.argmax(axis=1)[window - 1 : count * window : window]
    return Labelled(used.transpose(0, 2, 1), labels)
