"""TensorBoard events beside the record, for those who look there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from fedkd.errors import MissingExtraError

MEANS = (
    *("global_accuracy", "local_accuracy", "local_prior_accuracy", "trained_accuracy"),
    *("validation_accuracy", "student_accuracy", "bytes_up", "bytes_down"),
)


class TensorBoard:
    """Writes the mean over sites of each figure, one step a round.

    Args:
        folder: Where the events go.
        done: Rounds that are on record; later ones of an interrupted run are taken back.

    Raises:
        MissingExtraError: tensorboard is not installed.
    """

    def __init__(self, folder: Path, done: int) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise MissingExtraError(
                "run.tensorboard=true needs tensorboard", "install fedkd[tensorboard], or leave it off"
            ) from error
        self._writer = SummaryWriter(str(folder), purge_step=done + 1)

    def add(self, rows: Sequence[Mapping[str, object]]) -> None:
        """One round."""
        for name in MEANS:
            values = [float(str(row[name])) for row in rows if row.get(name) is not None]
            if values:
                self._writer.add_scalar(name, float(np.mean(values)), int(str(rows[0]["round"])))
        self._writer.flush()

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()
