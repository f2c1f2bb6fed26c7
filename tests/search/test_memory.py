"""What a training step really takes, beside the bound that budgets are checked against."""

from __future__ import annotations

import math

import pytest

from fedkd.errors import WorkerDiedError
from fedkd.models import ArchSpec, measure, step_bytes
from fedkd.search.memory import step_peaks

from .cases import CLASSES, FEATURES, mlp

IMAGE, WINDOW = (1, 28, 28), (6, 30)
CASES = {
    # The networks of the standard space that come closest to the bound, and one of each other family.
    (IMAGE, 64): [
        ArchSpec.of("mlp", hidden=(16,)),
        ArchSpec.of("cnn", channels=(4, 8), kernel=3),
        ArchSpec.of("cnn", channels=(8, 16), kernel=3),
        ArchSpec.of("cnn", channels=(12, 12), kernel=3),
        ArchSpec.of("dwcnn", channels=(8, 16, 32), kernel=3),
        ArchSpec.of("irnet", width=8, expansion=2, depth=2),
    ],
    (WINDOW, 64): [ArchSpec.of("gru", hidden=8), ArchSpec.of("cnn1d", channels=(8, 8), kernel=3), mlp(8)],
}


@pytest.mark.parametrize(("shape", "batch"), CASES, ids=str)
def test_measured_memory_stays_below_the_bound(shape, batch):
    specs = CASES[shape, batch]

    peaks = step_peaks(specs, shape, 10, batch)

    for spec, peak in zip(specs, peaks, strict=True):
        bound = step_bytes(measure(spec, shape, 10), 4 * math.prod(shape), batch)
        # A bound ten times too high would be no use either.
        assert bound / 10 < peak <= bound, spec.name


def test_weights_gradients_and_moments_are_counted_and_every_byte_repeats():
    # 512 inputs to 512 units to 3 classes, one sample: four copies of 264,195 numbers are all but nothing of it.
    peak, again = step_peaks([mlp(512), mlp(512)], (512,), CLASSES, 1)

    parameters = 512 * 512 + 512 + 512 * 3 + 3
    assert 16 * parameters <= peak < 1.1 * 16 * parameters
    assert again == peak


def test_a_process_that_fails_says_why():
    with pytest.raises(WorkerDiedError, match=r"failed .*does not read samples of shape"):
        step_peaks([ArchSpec.of("cnn")], (FEATURES,), CLASSES, 8)


def test_a_process_that_takes_too_long_is_ended():
    with pytest.raises(WorkerDiedError, match=r"not measured within 0\.05 s"):
        step_peaks([mlp(8)], (FEATURES,), CLASSES, 8, timeout_s=0.05)
