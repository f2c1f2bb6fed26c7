"""The one local step of the project: jobs, batches, optimisers, cohorts."""

from fedkd.learning.executor import Assignment, Executor, Outcome, features_of, inputs_of
from fedkd.learning.job import Arrays, Feed, Job, Model, Optimizer, Store, Targets, draw_rows
from fedkd.learning.learner import Learner
from fedkd.learning.model_teacher import ModelTeacher
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
    "ModelTeacher",
    "Optimizer",
    "Outcome",
    "Store",
    "Targets",
    "draw_rows",
    "features_of",
    "fresh_model",
    "inputs_of",
    "pack",
    "unpack",
]
