"""Data of a site: they can be read, and fit what all agreed on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from fedkd.deployment import Agreed
from fedkd.doctor.finding import Finding
from fedkd.kits import SiteKit, read_data, read_test
from sim.streams import Streams


def check_samples(folder: Path, kit: SiteKit, agreed: Agreed) -> Iterator[Finding]:
    """Read the samples of a site as it would.

    Args:
        folder: The kit.
        kit: What it says.
        agreed: What all machines hold.

    Raises:
        DataError: They cannot be read, or do not fit.
    """
    shape = agreed.public.inputs.shape[1:]
    data = read_data(folder, kit, shape, Streams(agreed.scenario.seed))
    seen = int((data.histogram > 0).sum())
    what = f"{len(data.train)} training and {len(data.validation)} validation samples, {seen} of {kit.classes} classes"
    yield Finding("data", "ok", what)
    if kit.test is not None:
        yield from check_test(folder / kit.test, agreed)


def check_test(path: Path, agreed: Agreed) -> Iterator[Finding]:
    """Read a test set.

    Raises:
        DataError: It cannot be read, or does not fit.
    """
    test = read_test(path, agreed.public.inputs.shape[1:], agreed.classes)
    yield Finding("test", "ok", f"{len(test)} samples")
