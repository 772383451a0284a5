"""The command line: `onestage train`, `onestage sample`, `onestage evaluate`.

Each command parses, builds and runs; what it does is in the rooms below and can be had from Python.
Exit status: 0 done; 1 the training failed (it diverged, the disk is full); 2 the request cannot be
met, and one line says why; 130 and 143 stopped by Ctrl-C and by SIGTERM, with a checkpoint.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: what follows `onestage`; by default what the process was started with.

    Returns:
        The exit status; one of several processes ends here with it.
    """
    try:
        from onestage.cli._app import run
    except ModuleNotFoundError as error:  # the core is installed without what the trainer needs
        print(
            f"onestage: the command line needs {error.name}, which is not installed: "
            "pip install 'onestage[demo]'.",
            file=sys.stderr,
        )
        return 2
    status = run(sys.argv[1:] if arguments is None else list(arguments))
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        _leave(status)
    return status


def _leave(status: int) -> NoReturn:
    """End one of several processes without the interpreter's teardown.

    gloo's threads can outlive there the objects that own them, and C++ then ends the process by
    SIGABRT although all its work is done.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


__all__ = ["main"]
