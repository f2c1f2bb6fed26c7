"""Have the allocator keep what it was given.

A training step of a cohort takes and frees megabytes of activations. glibc returns them to the kernel each time and is
given zeroed pages at the next step: half of the time of a step of small networks, measured.
"""

from __future__ import annotations

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of <malloc.h>
_KEPT_BYTES = 256 * 1024 * 1024
_LARGEST_BYTES = 32 * 1024 * 1024
"""Larger blocks still come from the kernel and go back; glibc accepts no higher threshold."""


def keep_heap() -> bool:
    """Keep freed memory in this process for its next step; returns whether the C library could be told."""
    # Other C libraries have no such settings; there, nothing changes.
    tell = getattr(ctypes.CDLL(None), "mallopt", None)
    return bool(tell and tell(_TRIM_THRESHOLD, _KEPT_BYTES) and tell(_MMAP_THRESHOLD, _LARGEST_BYTES))
