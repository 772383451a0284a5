"""`onestage presets`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter
from rich import box
from rich.console import Console
from rich.table import Table

from onestage.presets import Preset, list_presets


def presets(*, json_output: Annotated[bool, Parameter(name="--json", negative=())] = False) -> None:
    """List the settings that `onestage train --preset NAME` takes, with their sources.

    As a table on a terminal, as plain lines elsewhere.

    Parameters
    ----------
    json_output
        All of it, one JSON object per line, with the settings.
    """
    for preset in list_presets() if json_output else ():
        print(json.dumps(asdict(preset)))
    if json_output:
        return
    if sys.stdout.isatty():
        Console().print(_table(list_presets()))
        return
    for preset in list_presets():
        print(f"{preset.name}: {preset.title}")
        print(f"  data: {preset.data}\n  expected: {preset.expected}\n  source: {preset.source}")


def _table(found: list[Preset]) -> Table:
    table = Table(box=box.SIMPLE, caption="onestage train --preset NAME [--scale small]")
    for heading in ("name", "what", "made for", "expected"):
        table.add_column(heading, overflow="fold")
    for preset in found:
        table.add_row(preset.name, preset.title, preset.data, preset.expected)
    return table
