"""Checkpoints on their way to the disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from onestage.training._checkpoint import Checkpoint, save_checkpoint
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

    Attributes:
        newest: the last checkpoint, or None.
        failed: whether the last one could not be written; it is to be tried again.
    """

    def __init__(
        self, run: RunFolder, keep: int, world: World, snapshot: Callable[[], Checkpoint]
    ) -> None:
        self._run = run
        self._keep = keep
        self._world = world
        self._snapshot = snapshot
        self.newest: Path | None = None
        self.failed = False

    def save(self, reporter: Reporter) -> None:
        """The state as it is now."""
        path = self._write(self._run.checkpoints, self._keep, reporter)
        self.failed = path is None
        self.newest = path or self.newest

    def save_best(self, reporter: Reporter) -> None:
        """The same, as the one that was evaluated best."""
        self._write(self._run.best, 1, reporter)

    def _write(self, folder: Path, keep: int, reporter: Reporter) -> Path | None:
        """A checkpoint; None where it could not be written, which is said."""
        snapshot, path = self._snapshot(), None
        if self._world.is_first:
            try:
                path = save_checkpoint(folder, snapshot, keep=keep)
            except OSError as error:
                reporter.note(
                    f"The checkpoint of step {snapshot.step} could not be written ({error}); the "
                    "older ones are kept, and it is tried again."
                )
        return self._world.tell(path)
