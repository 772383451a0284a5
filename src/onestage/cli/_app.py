"""The commands, and what every one of them takes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Annotated, Any

from cyclopts import App, Group, Parameter

from onestage._version import __version__
from onestage.cli._adapt import adapt
from onestage.cli._answer import Answer
from onestage.cli._bench import bench
from onestage.cli._check import check
from onestage.cli._commands import add, epilogue
from onestage.cli._compare import compare
from onestage.cli._data import app as data
from onestage.cli._distill import distill
from onestage.cli._doctor import doctor
from onestage.cli._errors import EXPECTED, INTERRUPTED, UNREAD, explain
from onestage.cli._evaluate import evaluate
from onestage.cli._export import export
from onestage.cli._presets import presets
from onestage.cli._report import report
from onestage.cli._sample import sample
from onestage.cli._terminal import Terminal
from onestage.cli._train import train

_EXAMPLES = """\
onestage train                            # handwritten digits, to begin with
onestage train --data.source photos --image-size 64 --out runs/mine
onestage sample runs/mine                 # a picture of what it makes
onestage check my_gan:build_check         # is one stage exact with mine?
onestage COMMAND --help                   # options and examples of a command"""

app = App(
    name="onestage",
    version=f"onestage {__version__}",
    help="Train GANs in one stage: both players' exact gradients from one forward and one "
    "backward each.",
    help_epilogue=epilogue(_EXAMPLES),
    group_commands=Group("Help", sort_key=100),
)
_COMMANDS: tuple[tuple[Group, tuple[Callable[..., Any], ...]], ...] = (
    (Group("Train", sort_key=0), (train, distill, adapt, presets)),
    (Group("Look and measure", sort_key=1), (sample, evaluate, report, compare)),
    (Group("Give away", sort_key=2), (export,)),
    (Group("Check and speed", sort_key=3), (check, bench)),
)
for _group, _commands in _COMMANDS:
    for _number, _command in enumerate(_commands):
        add(app, _command, group=_group, sort_key=_number)
app.command(data)
add(app, doctor, group=Group("Environment", sort_key=5), sort_key=0)

_OUTPUT = Group("Output", sort_key=99)


@app.meta.default
def _launch(
    *words: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    quiet: Annotated[
        bool, Parameter(("--quiet", "-q"), group=_OUTPUT, negative=(), show_default=False)
    ] = False,
    json: Annotated[bool, Parameter(group=_OUTPUT, negative=(), show_default=False)] = False,
) -> int:
    """What every command takes, before or after its name.

    Parameters
    ----------
    quiet
        Print nothing but errors.
    json
        Print the answer as one JSON document; nothing else goes to stdout.
    """
    terminal = Terminal(quiet=quiet, as_json=json)
    command, bound, more = app.parse_args(words, exit_on_error=False, print_error=False)
    told = {"terminal": terminal} if "terminal" in more else {}
    answer = command(*bound.args, **bound.kwargs, **told)
    if not isinstance(answer, Answer):
        return answer or 0
    terminal.answer(answer)
    return answer.status


def run(arguments: list[str]) -> int:
    """Run a command and return its exit status; errors that a person can mend are one line."""
    try:
        words = _without_help(arguments)
        launch, bound, _ = app.meta.parse_args(words, exit_on_error=False, print_error=False)
        return launch(*bound.args, **bound.kwargs) or 0
    except BrokenPipeError:  # such as `onestage presets | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD
    except EXPECTED as error:
        return _say(*explain(error))
    except KeyboardInterrupt as stop:
        return _say(INTERRUPTED, str(stop) or "stopped; a run goes on by its command's --resume.")


def _without_help(arguments: list[str]) -> list[str]:
    """The same, unless help on an unknown command is asked for: it alone, which is an error."""
    if {"--help", "-h"} & set(arguments):
        here, words = app, [word for word in arguments if not word.startswith("-")]
        for number, word in enumerate(words):
            if here.default_command is not None:  # what follows are its arguments
                break
            if word not in here:
                return words[: number + 1]
            here = here[word]
    return arguments


def _say(status: int, message: str) -> int:
    print("onestage:", " ".join(message.split()), file=sys.stderr)
    return status
