"""Damaged files of arrays are one kind of error, whatever reads them says."""

from __future__ import annotations

from zipfile import ZipFile

import numpy as np
import pytest

from fedkd.errors import UnreadableDataError
from fedkd.kits.arrays import read_arrays, write_arrays


def test_any_flipped_bit_is_either_harmless_or_named(tmp_path):
    path, arrays = tmp_path / "a.npz", {"a": np.arange(300), "b": np.arange(999) ** 2 % 9}
    write_arrays(path, arrays)
    whole, refused = path.read_bytes(), 0

    for bit in range(0, len(whole) * 8, 3):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        try:
            read = read_arrays(path, ("a", "b"))
        except UnreadableDataError:
            refused += 1
        else:
            assert all(np.array_equal(read[name], array) for name, array in arrays.items())

    assert refused > len(whole)


def test_an_array_alone_is_named(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(3))

    with pytest.raises(UnreadableDataError, match=r"a\.npy' cannot be read as arrays"):
        read_arrays(tmp_path / "a.npy", ())


def test_an_entry_that_is_no_array_is_named(tmp_path):
    with ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("notes.txt", "x")

    with pytest.raises(UnreadableDataError, match=r"notes\.txt is no array"):
        read_arrays(tmp_path / "a.npz", ())
