"""Errors to one line and an exit status."""

from __future__ import annotations

import torch
from cyclopts import (
    CycloptsError,
    MissingArgumentError,
    UnknownCommandError,
    UnusedCliTokensError,
)

from onestage.sharing import ExportError
from onestage.training import DivergedError

FAILED, REFUSED, INTERRUPTED, UNREAD = 1, 2, 130, 141
SIGNALLED = 128  # and the signal's number
EXPECTED = (
    *(CycloptsError, ValueError, DivergedError, ExportError, OSError),
    torch.OutOfMemoryError,
)


def explain(error: BaseException) -> tuple[int, str]:
    """The status that an expected error ends the command with, and what a person is told."""
    if isinstance(error, CycloptsError):
        return REFUSED, f"{_wording(error)} See {_command(error, 'onestage')} --help."
    if isinstance(error, ValueError):
        return REFUSED, str(error)
    if isinstance(error, torch.OutOfMemoryError):
        return FAILED, (
            "The device has too little memory for this: lower --batch-size, or raise "
            f"--accumulation, which computes a batch in parts. {error}"
        )
    return FAILED, str(error)


def _wording(error: CycloptsError) -> str:
    unused = " ".join(error.unused_tokens or ())
    if isinstance(error, UnusedCliTokensError):
        return f"{_command(error)} does not take {unused!r}."
    if isinstance(error, UnknownCommandError) and unused.startswith("-"):
        return f"Unknown option: {unused}."
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        if error.keyword:
            return f"{error.keyword} needs a value."
        return f"{_command(error)} needs {error.argument.name}."
    return str(error)


def _command(error: CycloptsError, *before: str) -> str:
    return " ".join((*before, *(error.command_chain or ())))
