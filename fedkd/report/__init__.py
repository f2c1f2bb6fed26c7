"""Pictures and pages of a run."""

from fedkd.report.plots import draw

__all__ = ["draw"]
