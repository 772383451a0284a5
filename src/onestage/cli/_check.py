"""`onestage check`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from cyclopts import Parameter

from onestage._factory import load_factory
from onestage.check import Report, as_subject, check_subject, describe
from onestage.cli._answer import Answer
from onestage.cli._errors import FAILED
from onestage.cli._options import strict
from onestage.training import ConfigError


def check(
    factory: str,
    /,
    *,
    strategy: str = "auto",
    rounds: Annotated[int, Parameter(converter=strict)] = 10,
) -> Answer:
    """Check that one stage is exact on your own networks.

    Says what it saves, too. Calls the factory, which returns a dict with discriminator, generator,
    inputs, loss and real (or an onestage.check.Subject), and holds the engine's gradients against
    those of two separate stages. Exit status 1 when they differ.

    Parameters
    ----------
    factory
        MODULE:FACTORY, a function without arguments; the module is imported from here.
    strategy
        auto, reversal, ratio or dual.
    rounds
        How often each method is timed.

    Examples
    --------
    onestage check my_gan:build_check
    onestage check my_gan:build_check --strategy dual --json
    """
    if rounds < 1:
        raise ConfigError(f"--rounds is {rounds}: it must be at least 1.")
    report = check_subject(as_subject(load_factory(factory)()), strategy=strategy, rounds=rounds)
    return Answer(_record(report), [describe(report)], 0 if report.exactness.is_exact else FAILED)


def _record(report: Report) -> dict[str, Any]:
    return {
        "exact": report.exactness.is_exact,
        **asdict(report.exactness),
        "coupled": report.coupled,
        "costs": {method: asdict(cost) for method, cost in report.costs.items()},
        "phases": [phase.record() for phase in report.phases],
    }
