"""Sources (extension point): where a data set comes from."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from fedkd.data.examples import Corpus


@runtime_checkable
class Source(Protocol):
    """A data set on this machine. Sources never download."""

    def load(self) -> Corpus:
        """Reads and checks the whole data set.

        Raises:
            UnreadableDataError: A file is missing, truncated or in another format.
            InvalidValuesError: Values, shapes or labels do not fit (`fedkd.data.build.build_corpus`).
        """
        ...
