"""The table at the end of a command."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table


def show(title: str, rows: Mapping[str, Any]) -> None:
    """Print rows of name and value: a table on a terminal, plain lines elsewhere."""
    shown = {name: _format(value) for name, value in rows.items()}
    if not sys.stdout.isatty():
        print(title)
        for name, value in shown.items():
            print(f"  {name}: {value}")
        return
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in shown.items():
        table.add_row(name, value)
    Console().print(table, markup=False)


def _format(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
