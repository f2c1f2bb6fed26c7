"""Folders of images."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from PIL import Image

from fedkd.data.sources import ImageFolder
from fedkd.errors import InvalidValuesError, OutOfRangeError, UnreadableDataError


def test_train_and_test(image_folder):
    corpus = ImageFolder(str(image_folder), "pets", size=4, mean=(0.0,), std=(1.0,)).load()

    assert corpus.train.inputs.shape == (6, 3, 4, 4)
    assert corpus.train.targets.tolist() == [0, 0, 0, 1, 1, 1]
    assert corpus.test is not None
    assert len(corpus.test) == 6
    assert corpus.owners is None
    # The second dog is a plain PNG of (100, 50, 10).
    np.testing.assert_allclose(corpus.train.inputs[4, :, 2, 2] * 255, [100, 50, 10], atol=1e-3)


def test_classes_at_the_top_and_grey_images(image_folder):
    source = ImageFolder(str(image_folder / "train"), "pets", size=8, grayscale=True, mean=(0.0,), std=(1.0,))
    corpus = source.load()
    assert corpus.train.inputs.shape == (6, 1, 8, 8)
    assert corpus.test is None
    # ITU-R 601: 0.299 R + 0.587 G + 0.114 B of (0, 50, 0).
    assert corpus.train.inputs[0, 0, 0, 0] * 255 == pytest.approx(29, abs=1)


def test_a_class_that_only_the_test_has(image_folder):
    (image_folder / "test" / "fox").mkdir()
    with pytest.raises(InvalidValuesError, match="class fox"):
        ImageFolder(str(image_folder), "pets", size=4).load()


def test_sixteen_bits_and_disguised_formats_are_refused(image_folder):
    victim = image_folder / "train" / "cat" / "0.png"
    Image.fromarray(np.zeros((4, 4), np.uint16)).save(victim)
    with pytest.raises(UnreadableDataError, match="8 bits a channel"):
        ImageFolder(str(image_folder), "pets", size=4).load()
    Image.new("RGB", (4, 4)).save(victim, format="BMP")
    with pytest.raises(UnreadableDataError, match=r"0\.png is not an intact PNG or JPEG"):
        ImageFolder(str(image_folder), "pets", size=4).load()


def test_enormous_images_are_refused_unread(image_folder):
    victim = image_folder / "train" / "cat" / "0.png"
    content = bytearray(victim.read_bytes())
    content[16:24] = (20000).to_bytes(4, "big") * 2
    victim.write_bytes(content)
    with pytest.raises(UnreadableDataError, match="not an intact PNG"):
        ImageFolder(str(image_folder), "pets", size=4).load()


def test_folders_without_images(image_folder, tmp_path):
    with pytest.raises(UnreadableDataError, match="no folder"):
        ImageFolder(str(tmp_path / "nowhere"), "pets", size=4).load()
    with pytest.raises(UnreadableDataError, match="no PNG or JPEG"):
        ImageFolder(str(image_folder / "train" / "cat"), "pets", size=4).load()
    shutil.rmtree(image_folder / "train" / "dog")
    shutil.rmtree(image_folder / "test")
    with pytest.raises(InvalidValuesError, match="1 class"):
        ImageFolder(str(image_folder), "pets", size=4).load()


def test_size_must_be_positive():
    with pytest.raises(OutOfRangeError, match=r"source\.size"):
        ImageFolder("somewhere", "pets", size=0)


def test_labels_may_be_agreed_and_some_may_be_missing(image_folder):
    source = ImageFolder(str(image_folder), "pets", size=4, labels=("ant", "cat", "dog"))

    assert source.load().train.targets.tolist() == [1, 1, 1, 2, 2, 2]
    assert source.load().classes == 3
    with pytest.raises(InvalidValuesError, match="class dog, known are ant, cat"):
        ImageFolder(str(image_folder), "pets", size=4, labels=("ant", "cat")).load()
