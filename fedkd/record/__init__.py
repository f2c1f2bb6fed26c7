"""The run directory: config, manifest, events, metrics, timings, checkpoints."""

from fedkd.record.checkpoint import Checkpoint
from fedkd.record.journal import Events, read_metrics
from fedkd.record.manifest import manifest
from fedkd.record.run import Run, is_run
from fedkd.record.tensorboard import TensorBoard

__all__ = ["Checkpoint", "Events", "Run", "TensorBoard", "is_run", "manifest", "read_metrics"]
