"""Checkpoints on their way to the disk."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from onestage.training._checkpoint import (
    Checkpoint,
    checkpoint_step,
    list_checkpoints,
    save_checkpoint,
)
from onestage.training._progress import Reporter
from onestage.training._run_folder import RunFolder
from onestage.training._world import World


class Saver:
    """Writes a run's checkpoints in the first process; a full disk costs checkpoints, not the run.

    All processes call it: what they keep a share of is put together.

    Args:
        run: where to.
        keep: how many checkpoints stay.
        world: the processes.
        snapshot: takes the state; all take part.
        skipped_from: as in `save_checkpoint`, at the present step.

    Attributes:
        newest: the last checkpoint, or None.
        failed: whether the last one could not be written; it is to be tried again.
    """

    def __init__(
        self,
        run: RunFolder,
        keep: int,
        world: World,
        snapshot: Callable[[], Checkpoint],
        skipped_from: Callable[[], int | None],
    ) -> None:
        self._run = run
        self._keep = keep
        self._world = world
        self._snapshot = snapshot
        self._skipped_from = skipped_from
        self.newest: Path | None = None
        self.failed = False

    def save(self, reporter: Reporter) -> None:
        """The state as it is now."""
        path = self._write(self._run.checkpoints, self._keep, self._skipped_from(), reporter)
        self.failed = path is None
        self.newest = path or self.newest

    def save_best(self, reporter: Reporter) -> bool:
        """The same, as the one that was evaluated best; whether it could be written."""
        return self._write(self._run.best, 1, None, reporter) is not None

    def forget_after(self, step: int) -> None:
        """Delete the checkpoints after a step, from which the run goes another way."""
        if self._world.is_first:
            for path in list_checkpoints(self._run.checkpoints):
                if checkpoint_step(path) > step:
                    shutil.rmtree(path)

    def _write(
        self, folder: Path, keep: int, skipped_from: int | None, reporter: Reporter
    ) -> Path | None:
        """A checkpoint; None where it could not be written, which is said."""
        snapshot, path = self._snapshot(), None
        if self._world.is_first:
            try:
                path = save_checkpoint(folder, snapshot, keep=keep, skipped_from=skipped_from)
            except OSError as error:
                reporter.note(
                    f"The checkpoint of step {snapshot.step} could not be written ({error}); the "
                    "older ones are kept, and it is tried again."
                )
        return self._world.tell(path)
