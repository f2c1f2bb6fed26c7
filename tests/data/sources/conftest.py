"""Files in the formats that the sources read, small enough to know by heart."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

Write = Callable[..., Path]


def idx_bytes(array: np.ndarray) -> bytes:
    head = bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.astype(np.uint8).tobytes()


def _short(text: str) -> bytes:
    return b"U" + bytes([len(text)]) + text.encode("latin-1")


def python2_batch(rows: np.ndarray, labels: list[int], key: str) -> bytes:
    """A batch as Python 2 wrote it in 2009, instruction by instruction."""
    shape = b"M" + struct.pack("<H", rows.shape[0]) + b"M" + struct.pack("<H", rows.shape[1]) + b"\x86"
    numbers = b"".join(b"K" + bytes([label]) for label in labels)
    array = [
        b"cnumpy.core.multiarray\n_reconstruct\nq\x08cnumpy\nndarray\nq\x09",
        b"K\x00\x85" + _short("b") + b"\x87Rq\x0a(K\x01" + shape,
        b"cnumpy\ndtype\nq\x0b" + _short("u1") + b"K\x00K\x01\x87Rq\x0c",
        b"(K\x03" + _short("|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb",
        b"\x89T" + struct.pack("<i", rows.size) + rows.tobytes() + b"tb",
    ]
    batch = [
        b"\x80\x02}q\x01(",
        _short("batch_label") + b"q\x02" + _short("batch 1 of 1") + b"q\x03",
        _short(key) + b"q\x04]q\x05(" + numbers + b"e",
        _short("data") + b"q\x07" + b"".join(array),
        b"u.",
    ]
    return b"".join(batch)


@pytest.fixture
def digits() -> tuple[np.ndarray, np.ndarray]:
    """Twelve images [12, 4, 3] of three classes."""
    images = np.arange(12 * 4 * 3).reshape(12, 4, 3).astype(np.uint8)
    return images, (np.arange(12) % 3).astype(np.uint8)


@pytest.fixture
def idx_folder(tmp_path: Path, digits) -> Path:
    """Twelve train images (packed) and three test images (plain)."""
    images, labels = digits
    folder = tmp_path / "idx"
    folder.mkdir()
    for name, array in (("images-idx3-ubyte", images), ("labels-idx1-ubyte", labels)):
        (folder / f"train-{name}.gz").write_bytes(gzip.compress(idx_bytes(array)))
        (folder / f"t10k-{name}").write_bytes(idx_bytes(array[:3]))
    return folder


@pytest.fixture
def npz_file(tmp_path: Path, digits) -> Path:
    images, labels = digits
    path = tmp_path / "digits.npz"
    np.savez_compressed(path, x_train=images, y_train=labels, x_test=images[:3], y_test=labels[:3], owner=labels // 2)
    return path


@pytest.fixture
def cifar_rows() -> tuple[np.ndarray, list[int]]:
    """Four rows of 3072 bytes, and labels."""
    return np.random.default_rng(0).integers(0, 256, (4, 3072), np.uint8), [3, 0, 9, 1]


@pytest.fixture
def cifar_folder(tmp_path: Path, cifar_rows) -> Path:
    rows, labels = cifar_rows
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for name in (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"):
        (folder / name).write_bytes(python2_batch(rows, labels, "labels"))
    return folder


@pytest.fixture
def image_folder(tmp_path: Path) -> Path:
    """Two classes with three colour images of 6 x 4 pixels each, one of them a JPEG; train and test."""
    folder = tmp_path / "images"
    for part, (label, name) in [(p, c) for p in ("train", "test") for c in enumerate(("cat", "dog"))]:
        place = folder / part / name
        place.mkdir(parents=True)
        for number, ending in enumerate(("png", "PNG", "jpeg")):
            Image.new("RGB", (6, 4), (100 * label, 50, 10 * number)).save(place / f"{number}.{ending}")
        (place / "notes.txt").write_text("passed over")
    return folder


@pytest.fixture
def casa_lines() -> Write:
    """Lines of a CSV file in FEDn's layout: feature j of row i is i + j / 100, its activity i mod 10."""

    def lines(rows: int, start: int = 0, homes: list[str] | None = None) -> list[str]:
        names = [
            "",
            *(f"f{j}" for j in range(36)),
            *(f"a{j}" for j in range(10)),
            *(["home"] if homes else []),
        ]
        text = [",".join(names)]
        for row in range(start, start + rows):
            cells = [str(row), *(f"{row + j / 100:.2f}" for j in range(36))]
            cells += ["1.0" if j == row % 10 else "0.0" for j in range(10)]
            text.append(",".join(cells + ([homes[row - start]] if homes else [])))
        return text

    return lines


@pytest.fixture
def casa_folder(tmp_path: Path, casa_lines) -> Path:
    folder = tmp_path / "casa"
    folder.mkdir()
    (folder / "csh101.csv").write_text("\n".join(casa_lines(25)))
    (folder / "csh102.csv").write_text("\n".join(casa_lines(11, start=100)) + "\n")
    return folder


@pytest.fixture
def csv_file(tmp_path: Path) -> Path:
    """Twelve rows of two features, of three classes."""
    path = tmp_path / "table.csv"
    rows = [f"{i},{i / 4:.5f},{'abc'[i % 3]}" for i in range(12)]
    path.write_text("\n".join(["first,second,label", *rows]) + "\n")
    return path
