"""One process at a time in a folder, and others that look whether one is there."""

import fcntl
import subprocess
import sys

import pytest

from onestage.training import LockError, lock_holder, locked
from onestage.training import _lock as module


def test_nobody_and_somebody(tmp_path):
    assert lock_holder(tmp_path) is None
    with locked(tmp_path):
        code = "import sys, pathlib; from onestage.training import lock_holder; "
        code += "print(lock_holder(pathlib.Path(sys.argv[1])))"
        seen = subprocess.run(
            [sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True
        )
        assert seen.stdout.startswith("process ")
    assert lock_holder(tmp_path) is None


def test_a_run_that_begins_while_another_process_looks_is_not_refused(tmp_path, monkeypatch):
    """A look has the lock for an instant, which is over while the run waits."""
    (tmp_path / ".lock").touch()
    look = (tmp_path / ".lock").open()
    fcntl.flock(look, fcntl.LOCK_SH)
    monkeypatch.setattr(module.time, "sleep", lambda _: look.close())
    with locked(tmp_path):
        assert look.closed


def test_a_second_run_is_refused(tmp_path):
    with (
        locked(tmp_path),
        pytest.raises(LockError, match=r"is in use by process \d+ on .*; wait"),
        locked(tmp_path),
    ):
        pass
