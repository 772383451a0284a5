"""The command line: `onestage --help` names the commands.

Each command parses, builds and runs; what it does is in the rooms below and can be had from Python.
Each answers on stdout, as text or (`--json`) as one JSON document; how it goes, and errors, are on
stderr. docs/command-line.md has the exit statuses.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from onestage._allocator import keep_freed_memory


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: what follows `onestage`; by default what the process was started with.

    Returns:
        The exit status; one of several processes ends here with it.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        from onestage.cli._app import run
    except KeyboardInterrupt:
        print("onestage: stopped before anything was begun.", file=sys.stderr)
        return 130
    except ModuleNotFoundError as error:  # the core is installed without what the trainer needs
        if words[:1] == ["doctor"]:  # which is asked just then
            from onestage.doctor.__main__ import main as doctor

            return doctor(words[1:], needs=("cli",))
        print(
            f"onestage: the command line needs {error.name}, which is not installed: "
            "pip install 'onestage[demo]'. python -m onestage.doctor says what else is missing.",
            file=sys.stderr,
        )
        return 2
    keep_freed_memory()
    status = run(words)
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        _leave(status)
    return status


def _leave(status: int) -> NoReturn:
    """End one of several processes without the interpreter's teardown.

    gloo's threads can outlive there the objects that own them, and C++ then ends the process by
    SIGABRT although all its work is done.
    """
    gc.collect()  # what takes its files away when it goes, such as a cache of shards
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


__all__ = ["main"]
