"""The `data` axis of a scenario: a source, the sizes that suit it, and the views that its samples bear."""

from __future__ import annotations

from dataclasses import dataclass

from fedkd.data.source import Source
from fedkd.data.split import Split
from fedkd.data.views import View


@dataclass(frozen=True)
class DataConfig:
    """What `scenarios/data/*.yaml` hold.

    Attributes:
        source: Where the data set comes from.
        split: How many samples each set gets.
        view: Input views that leave a label as it is.
    """

    source: Source
    split: Split
    view: View
