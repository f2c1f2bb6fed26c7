"""Whatever happens to a file, its source loads it or says what is wrong in its own words."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fedkd.data import Corpus, Source
from fedkd.data.sources import CasaCsv, CifarPython, CsvTable, IdxFolder, ImageFolder, NpzFile
from fedkd.errors import DataError, InvalidValuesError, UnreadableDataError

FILES = {
    "idx": "idx_folder/train-images-idx3-ubyte.gz",
    "plain-idx": "idx_folder/t10k-images-idx3-ubyte",
    "npz": "npz_file/",
    "cifar": "cifar_folder/data_batch_3",
    "png": "image_folder/train/cat/0.png",
    "jpeg": "image_folder/train/cat/2.jpeg",
    "casa": "casa_folder/csh101.csv",
    "csv": "csv_file/",
}


def source_of(kind: str, path: Path) -> Source:
    sources: dict[str, Callable[[], Source]] = {
        "idx_folder": lambda: IdxFolder(str(path), "idx"),
        "npz_file": lambda: NpzFile(str(path), "npz", "NHW"),
        "cifar_folder": lambda: CifarPython(str(path), "labels"),
        "image_folder": lambda: ImageFolder(str(path), "images", size=4),
        "casa_folder": lambda: CasaCsv(str(path)),
        "csv_file": lambda: CsvTable(str(path), "csv", "label"),
    }
    return sources[FILES[kind].split("/")[0]]()


@dataclass(frozen=True)
class Victim:
    """A good source, one of its files, and what that holds."""

    source: Source
    file: Path
    good: bytes = field(repr=False)  # hypothesis prints its arguments when a test fails


@pytest.fixture(params=sorted(FILES))
def victim(request) -> Victim:
    fixture, _, inside = FILES[request.param].partition("/")
    path: Path = request.getfixturevalue(fixture)
    file = path / inside if inside else path
    return Victim(source_of(request.param, path), file, file.read_bytes())


def test_intact_files_load_and_missing_ones_are_named(victim):
    source, file = victim.source, victim.file
    assert isinstance(source, Source)
    assert isinstance(source.load(), Corpus)

    file.unlink()
    if file.suffix in (".png", ".jpeg", ".csv"):  # a folder may hold any number of these
        return
    with pytest.raises(UnreadableDataError) as error:
        source.load()
    assert file.stem in str(error.value)


def test_empty_and_foreign_files_are_refused(victim):
    source, file, good = victim.source, victim.file, victim.good
    for content in (b"", b"\x00", b"hello, world\n", bytes(range(256)) * 40, good[: len(good) // 2]):
        file.write_bytes(content)
        with pytest.raises((UnreadableDataError, InvalidValuesError)) as error:
            source.load()
        assert str(file.parent) in str(error.value)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1), content=st.binary(min_size=1, max_size=6), keep=st.floats(0, 1))
def test_no_damage_leads_to_another_error(victim, place, content, keep):
    source, file, good = victim.source, victim.file, victim.good
    at = int(place * len(good))
    bad = good[:at] + content + good[at + len(content) :]
    file.write_bytes(bad[: int((0.5 + keep) * len(bad))])  # a half of all cases is cut off, too
    # Nothing but our own errors may come through.
    with contextlib.suppress(DataError):
        assert isinstance(source.load(), Corpus)
