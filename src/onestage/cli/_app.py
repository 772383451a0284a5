"""Commands to exit statuses."""

from __future__ import annotations

import sys

from cyclopts import App, CycloptsError

from onestage._version import __version__
from onestage.cli._adapt import adapt
from onestage.cli._bench import bench
from onestage.cli._check import check
from onestage.cli._compare import compare
from onestage.cli._data import app as data
from onestage.cli._distill import distill
from onestage.cli._evaluate import evaluate
from onestage.cli._presets import presets
from onestage.cli._report import report
from onestage.cli._sample import sample
from onestage.cli._train import train
from onestage.training import DivergedError

app = App(
    name="onestage",
    version=__version__,
    help="Train GANs in one stage: both players' exact gradients from one forward and one "
    "backward each. `onestage train` alone learns to write digits.",
)
for _command in (
    *(train, presets, sample, evaluate, report, compare),
    *(distill, adapt),
    *(check, bench, data),
):
    app.command(_command)

_FAILED, _REFUSED, _INTERRUPTED = 1, 2, 130


def run(arguments: list[str]) -> int:
    """Run a command and return its exit status; errors that a person can mend are one line."""
    try:
        command, bound, _ = app.parse_args(arguments, exit_on_error=False, print_error=False)
        return command(*bound.args, **bound.kwargs) or 0
    except (CycloptsError, ValueError) as error:
        return _say(error, _REFUSED)
    except (DivergedError, OSError) as error:
        return _say(error, _FAILED)
    except KeyboardInterrupt:
        return _say("stopped at once; nothing was saved after the last checkpoint.", _INTERRUPTED)


def _say(message: object, status: int) -> int:
    print("onestage:", " ".join(str(message).split()), file=sys.stderr)
    return status
