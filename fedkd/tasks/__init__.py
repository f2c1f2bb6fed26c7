"""Tasks: what a federation learns."""

from fedkd.tasks.classification import Classification
from fedkd.tasks.task import Task

__all__ = ["Classification", "Task"]
