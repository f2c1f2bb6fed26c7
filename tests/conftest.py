"""Settings of all tests: one torch thread, and property-based tests without a deadline."""

from __future__ import annotations

import os

# A second thread helps only on an idle machine; this must be set before torch is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from hypothesis import settings

torch.set_num_threads(1)
# A deadline an example measures how busy the machine is, not the code.
settings.register_profile("fedkd", deadline=None)
settings.load_profile("fedkd")
