"""Any data set as one .npz file of numpy arrays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fedkd.data.build import Labelled, build_corpus
from fedkd.data.examples import Corpus
from fedkd.data.images import require_pixel_scale, scale_pixels
from fedkd.data.sources._npz import Arrays, read_npz
from fedkd.errors import InvalidValuesError, OutOfRangeError

# For each layout: number of axes, and the order of axes that makes it [N, C, H, W] (None: not images).
_LAYOUTS: dict[str, tuple[int, tuple[int, ...] | None]] = {
    "NHW": (3, (0, 1, 2)),
    "NHWC": (4, (0, 3, 1, 2)),
    "NCHW": (4, (0, 1, 2, 3)),
    "NF": (2, None),
    "NFT": (3, None),
}


@dataclass(frozen=True)
class NpzFile:
    """Keys `x_train`, `y_train`, and where there are any `x_test`, `y_test` and `owner`. Others are not read.

    Labels and owners are integers.

    Attributes:
        path: The file.
        name: What figures call the data set.
        layout: Axes of the inputs. N samples, C channels, H height, W width: images as uint8. NF: a table.
            NFT: windows of F sensors over T steps. Tables and windows are taken as they are.
        mean: Mean of the pixels in 0..1, one entry for all channels or one a channel. Images only.
        std: Standard deviation, as `mean`. Images only.
        classes: Number of classes; None for the largest label of `y_train` and one.
    """

    path: str
    name: str
    layout: Literal["NHW", "NHWC", "NCHW", "NF", "NFT"]
    mean: tuple[float, ...] = (0.5,)
    std: tuple[float, ...] = (0.5,)
    classes: int | None = None

    def __post_init__(self) -> None:
        if self.layout not in _LAYOUTS:
            raise OutOfRangeError(f"source.layout is {self.layout!r}", f"choose one of {', '.join(_LAYOUTS)}")
        require_pixel_scale("source", self.mean, self.std)

    def load(self) -> Corpus:
        """See Source."""
        arrays = read_npz(Path(self.path), ("x_train", "y_train"), ("x_test", "y_test", "owner"))
        if ("x_test" in arrays) != ("y_test" in arrays):
            raise InvalidValuesError(f"{self.path} has only one of x_test and y_test", "store both or none")
        train = self._labelled(arrays, "train")
        test = self._labelled(arrays, "test") if "x_test" in arrays else None
        classes = self.classes or int(train.targets.max()) + 1
        return build_corpus(self.name, train, test, classes, arrays.get("owner"))

    def _labelled(self, arrays: Arrays, part: str) -> Labelled:
        inputs, targets = arrays[f"x_{part}"], arrays[f"y_{part}"]
        where = f"x_{part} in {self.path}"
        axes, order = _LAYOUTS[self.layout]
        if inputs.ndim != axes or inputs.dtype.kind not in "uif" or targets.dtype.kind not in "ui" or not targets.size:
            raise InvalidValuesError(
                f"{where} has shape {inputs.shape} and type {inputs.dtype}, its labels shape {targets.shape} "
                f"and type {targets.dtype}, which is not layout {self.layout} with integer labels",
                "correct source.layout, or write the file anew",
            )
        if order is None:
            return Labelled(inputs, targets)
        images = inputs.transpose(order)
        channelled = images[:, None] if axes == 3 else images
        return Labelled(scale_pixels(where, channelled, self.mean, self.std), targets)
