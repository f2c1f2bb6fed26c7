"""Folders of PNG or JPEG files, one folder a class."""

from __future__ import annotations

import struct
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fedkd.data.build import Labelled, build_corpus
from fedkd.data.checks import require_at_least
from fedkd.data.examples import Corpus
from fedkd.data.images import require_pixel_scale, scale_pixels
from fedkd.data.sources._files import entries, require_folder, require_size
from fedkd.errors import InvalidValuesError, UnreadableDataError

_ENDINGS = (".png", ".jpg", ".jpeg")
# Others (16-bit grey, float) would be clipped without a word by a conversion.
_EIGHT_BIT_MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


@dataclass(frozen=True)
class ImageFolder:
    """`path/CLASS/*.png`, or `path/train/CLASS/*.png` and, where there is one, `path/test/CLASS/*.png`.

    Classes are numbered in the order of the names of their folders under train; files of other endings than
    png, jpg and jpeg are passed over. All images are brought to one square size, bilinearly.

    Attributes:
        path: The folder.
        name: What figures call the data set.
        size: Height and width in pixels.
        grayscale: Whether images become [N, 1, size, size] instead of [N, 3, size, size].
        mean: Mean of the pixels in 0..1, one entry for all channels or one a channel.
        std: Standard deviation, as `mean`.
        labels: Names of the folders of classes, in the order of the classes; some may be missing. None takes those
            that are there.
    """

    path: str
    name: str
    size: int
    grayscale: bool = False
    mean: tuple[float, ...] = (0.5,)
    std: tuple[float, ...] = (0.5,)
    labels: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        require_at_least("source.size", self.size, 1)
        require_pixel_scale("source", self.mean, self.std)

    def load(self) -> Corpus:
        """See Source."""
        folder = require_folder(Path(self.path))
        train = folder / "train" if (folder / "train").is_dir() else folder
        classes = _subfolders(train) if self.labels is None else list(self.labels)
        test = folder / "test" if train != folder and (folder / "test").is_dir() else None
        return build_corpus(
            self.name,
            self._read(train, classes),
            None if test is None else self._read(test, classes),
            classes=len(classes),
        )

    def _read(self, folder: Path, classes: list[str]) -> Labelled:
        unknown = set(_subfolders(folder)) - set(classes)
        if unknown:
            raise InvalidValuesError(
                f"{folder} has a class {min(unknown)}, known are {', '.join(classes[:12])}",
                "use the same classes everywhere",
            )
        files = [(path, label) for label, name in enumerate(classes) for path in _images(folder / name)]
        if not files:
            raise UnreadableDataError(f"{folder} holds no PNG or JPEG file in class folders", "check the path")
        mode = "L" if self.grayscale else "RGB"
        require_size(folder, len(files) * self.size**2 * len(mode))
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            pixels = np.stack([_read_image(path, mode, self.size) for path, _ in files])
        channelled = pixels.reshape(len(files), self.size, self.size, len(mode)).transpose(0, 3, 1, 2)
        inputs = scale_pixels(str(folder), channelled, self.mean, self.std)
        return Labelled(inputs, np.array([label for _, label in files]))


def _subfolders(folder: Path) -> list[str]:
    return sorted(entry.name for entry in entries(folder) if entry.is_dir() and not entry.name.startswith("."))


def _images(folder: Path) -> list[Path]:
    if not folder.is_dir():  # a test set may lack a class; the split says so if that matters
        return []
    return [path for path in entries(folder) if path.suffix.lower() in _ENDINGS]


def _read_image(path: Path, mode: str, size: int) -> NDArray[np.uint8]:
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as image:
            if image.mode not in _EIGHT_BIT_MODES:
                raise UnreadableDataError(f"{path} has pixels of mode {image.mode}", "store it with 8 bits a channel")
            converted = image.convert(mode)
    except _DAMAGE as error:
        raise UnreadableDataError(
            f"{path} is not an intact PNG or JPEG file ({error})", "replace or remove it"
        ) from error
    resized = converted if converted.size == (size, size) else converted.resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(resized)
