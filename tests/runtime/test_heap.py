"""What the allocator does between two steps."""

from __future__ import annotations

import platform
import resource
import subprocess
import sys

import pytest

from fedkd.runtime.heap import keep_heap

# Eight megabytes are taken, touched and freed again and again.
PROGRAM = """
import resource, sys
import numpy as np
from fedkd.runtime.heap import keep_heap

def churn(times):
    for _ in range(times):
        pair = [np.ones(1 << 19), np.ones(1 << 19)]
        del pair

if sys.argv[1] == "keep":
    assert keep_heap()
churn(2)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
churn(20)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has these settings")
def test_freed_memory_is_used_again():
    pages = 20 * 2 * 8 * (1 << 19) // resource.getpagesize()

    assert faults("keep") < pages / 20 < faults("as it comes")


def test_telling_twice_does_no_harm():
    assert keep_heap() == keep_heap()
