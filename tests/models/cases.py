"""One small network of every family, and what tests do with it."""

import numpy as np
import torch

from fedkd.models.arch import ArchSpec
from fedkd.models.build import build
from fedkd.models.network import Network

CLASSES = 3

CASES = {
    "cnn": (ArchSpec.of("cnn", channels=(4, 6), kernel=5), (1, 9, 7)),
    "dwcnn": (ArchSpec.of("dwcnn", channels=(4, 6, 5)), (3, 9, 8)),
    "irnet": (ArchSpec.of("irnet", width=4, expansion=2, depth=2), (1, 10, 10)),
    "irnet-batch": (ArchSpec.of("irnet", width=4, expansion=1, depth=2, norm="batch"), (1, 10, 10)),
    "lenet5": (ArchSpec.of("lenet5"), (1, 20, 33)),
    "resnet8": (ArchSpec.of("resnet8"), (1, 8, 8)),
    "shufflenetv2": (ArchSpec.of("shufflenetv2"), (3, 16, 16)),
    "shufflenetv2-large": (ArchSpec.of("shufflenetv2"), (1, 65, 65)),
    "mlp": (ArchSpec.of("mlp", hidden=(5, 4)), (2, 3)),
    "mlp-linear": (ArchSpec.of("mlp", hidden=()), (6,)),
    "cnn1d": (ArchSpec.of("cnn1d", channels=(4, 5)), (3, 11)),
    "gru": (ArchSpec.of("gru", hidden=4, layers=2), (3, 6)),
    "deepconvlstm": (ArchSpec.of("deepconvlstm", maps=3, hidden=4, kernel=3), (2, 12)),
}

TREES = {
    "forest": ArchSpec.of("forest", trees=20, depth=8),
    "extra_trees": ArchSpec.of("extra_trees", trees=20, depth=8),
    "boosting": ArchSpec.of("boosting", stages=10, depth=2),
}


def network(case: str, seed: int = 0) -> Network:
    spec, shape = CASES[case]
    return build(spec, shape, CLASSES, torch.Generator().manual_seed(seed))


def batch(shape: tuple[int, ...], size: int = 5, seed: int = 1) -> torch.Tensor:
    return torch.randn(size, *shape, generator=torch.Generator().manual_seed(seed))


def blobs(samples: int = 120, classes: int = 3, features: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Overlapping clusters: float32 rows and int64 labels, the classes in turn."""
    rng = np.random.Generator(np.random.PCG64(seed))
    labels = np.arange(samples) % classes
    rows = rng.normal(size=(samples, features)) + labels[:, None]
    return rows.astype(np.float32), labels.astype(np.int64)
