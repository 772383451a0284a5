"""Each case in a process of its own: the allocator is the process's."""

import os
import subprocess
import sys

import pytest

from onestage._allocator import ALLOCATOR_VARIABLES

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the settings are glibc's")

STEPS = """
import os, resource
from onestage._allocator import keep_freed_memory
if {keep}:
    keep_freed_memory()
import torch
def step():
    return [torch.empty(2**20).fill_(1) for _ in range(30)], torch.empty(2**25).fill_(1)
for _ in range(3):
    step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    step()
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) // 10)
print({{name: os.environ.get(name) for name in {names}}})
"""


def _run(*, keep, **environment):
    clean = {k: v for k, v in os.environ.items() if k not in ALLOCATOR_VARIABLES}
    code = STEPS.format(keep=keep, names=ALLOCATOR_VARIABLES)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**clean, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    faults, variables = done.stdout.splitlines()
    return int(faults), variables


def test_a_steps_memory_is_asked_of_the_system_once():
    """Without it the largest tensor alone is mapped anew at every step, page by page."""
    kept, _ = _run(keep=True)
    left, _ = _run(keep=False)
    assert kept < left / 4


def test_children_begin_with_the_same_and_what_was_there_wins():
    _, variables = _run(keep=True)
    assert "None" not in variables
    _, variables = _run(keep=True, MALLOC_TRIM_THRESHOLD_="65536", THP_MEM_ALLOC_ENABLE="0")
    assert variables == str(dict(zip(ALLOCATOR_VARIABLES, ("0", None, "65536"), strict=True)))
