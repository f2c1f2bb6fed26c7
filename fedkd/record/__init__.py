"""The run directory: config, manifest, events, metrics, timings, checkpoints."""

from fedkd.record.checkpoint import Checkpoint
from fedkd.record.journal import read_metrics
from fedkd.record.manifest import manifest
from fedkd.record.run import Run

__all__ = ["Checkpoint", "Run", "manifest", "read_metrics"]
