"""Loader workers that end with the process that they read for."""

import os
import threading
from multiprocessing import parent_process


def end_with_parent(worker: int) -> None:
    """End this process once its parent has ended; for `DataLoader(worker_init_fn=...)`.

    torch's workers notice it by themselves, but wait then until their last batch has been taken
    from the pipe, which is never; and hold what they have inherited, such as the lock of a run.

    Args:
        worker: number of the worker.
    """
    parent = parent_process()
    assert parent is not None  # a worker has one

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, name=f"parent of worker {worker}", daemon=True).start()
