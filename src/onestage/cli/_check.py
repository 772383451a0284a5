"""`onestage check`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any

from cyclopts import Parameter

from onestage._factory import load_factory
from onestage.check import Report, as_subject, check_subject, describe
from onestage.cli._options import strict
from onestage.training import ConfigError


def check(
    factory: str,
    /,
    *,
    strategy: str = "auto",
    rounds: Annotated[int, Parameter(converter=strict)] = 10,
    json_output: Annotated[bool, Parameter(name="--json", negative=())] = False,
) -> int:
    """Check that one stage is exact on your own networks, and what it saves.

    Calls the factory, which returns a dict with discriminator, generator, inputs, loss and real
    (or an onestage.check.Subject), and holds the engine's gradients against those of two separate
    stages. Exit status 1 when they differ.

    Parameters
    ----------
    factory
        MODULE:FACTORY, a function without arguments; the module is imported from here.
    strategy
        auto, reversal, ratio or dual.
    rounds
        How often each method is timed.
    json_output
        Print the report as one line of JSON.
    """
    if rounds < 1:
        raise ConfigError(f"--rounds is {rounds}: it must be at least 1.")
    report = check_subject(as_subject(load_factory(factory)()), strategy=strategy, rounds=rounds)
    print(json.dumps(_record(report)) if json_output else describe(report))
    return 0 if report.exactness.is_exact else 1


def _record(report: Report) -> dict[str, Any]:
    return {
        "exact": report.exactness.is_exact,
        **asdict(report.exactness),
        "coupled": report.coupled,
        "costs": {method: asdict(cost) for method, cost in report.costs.items()},
    }
