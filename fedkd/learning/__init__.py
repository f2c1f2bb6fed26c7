"""The one local step of the project: jobs, batches, optimisers, cohorts."""

from fedkd.learning.executor import Assignment, Executor, Outcome
from fedkd.learning.job import Arrays, Feed, Job, Model, Optimizer, Store, draw_rows
from fedkd.learning.learner import Learner
from fedkd.learning.pack import pack, unpack
from fedkd.learning.start import fresh_model
from fedkd.learning.teachers import FileTeacher

__all__ = [
    "Arrays",
    "Assignment",
    "Executor",
    "Feed",
    "FileTeacher",
    "Job",
    "Learner",
    "Model",
    "Optimizer",
    "Outcome",
    "Store",
    "draw_rows",
    "fresh_model",
    "pack",
    "unpack",
]
