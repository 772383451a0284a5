"""`onestage`, run by torchrun, of which one process is killed once, at a step.

    ONESTAGE_KILLED=RANK:STEP torchrun --max-restarts 1 ... _killed.py train ...

A step that is one more than there are is the time after the last one.
"""

import os
import signal
import sys

from onestage.cli import main
from onestage.training import Trainer

RANK, STEP = os.environ["ONESTAGE_KILLED"].split(":")
IS_VICTIM = os.environ["RANK"] == RANK and os.environ["TORCHELASTIC_RESTART_COUNT"] == "0"
advance, run = Trainer._advance, Trainer.run


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def advance_or_die(self, reporter):
    if self._step.count + 1 == int(STEP):
        die()
    return advance(self, reporter)


def run_and_die(self, *arguments):
    outcome = run(self, *arguments)
    if outcome.steps < int(STEP):
        die()
    return outcome


if __name__ == "__main__":
    if IS_VICTIM:
        Trainer._advance, Trainer.run = advance_or_die, run_and_die
    sys.exit(main())
