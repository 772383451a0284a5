"""An evaluation that may fail in the one process that measures."""

from __future__ import annotations

from typing import Any

from onestage.training._step import Step
from onestage.training._world import World


def evaluate_for_all(step: Step, world: World) -> tuple[dict[str, Any] | None, Exception | None]:
    """The game's metrics, and why there are none where it failed.

    All processes get to know of a failure in the first one, so that none waits for another.
    """
    metrics, failure = None, None
    try:
        metrics = step.evaluate()
    except Exception as error:
        if not world.is_first:
            raise
        failure = error
    reason = world.tell(None if failure is None else str(failure))
    if reason is not None and failure is None:
        failure = ValueError(reason)
    return metrics, failure
