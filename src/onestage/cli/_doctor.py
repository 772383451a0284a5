"""`onestage doctor`."""

from __future__ import annotations

from dataclasses import asdict

from onestage.cli._answer import Answer
from onestage.cli._errors import FAILED
from onestage.cli._terminal import Said
from onestage.doctor import describe, diagnose


def doctor(*, terminal: Said) -> Answer:
    """Say what is installed, what works here, what is missing.

    Versions; devices, each with one step held against two separate stages and with its half
    precisions tried; packages, and the command that installs what is missing. Exit status 1 when
    something that is needed is broken. `python -m onestage.doctor` does it with torch alone.

    Examples
    --------
    onestage doctor
    onestage doctor --json | jq .problems
    onestage doctor --quiet && onestage train
    """
    found = diagnose(needs=("cli",), say=terminal.note)
    return Answer(
        {"usable": found.is_usable, **asdict(found)},
        [describe(found)],
        0 if found.is_usable else FAILED,
    )
