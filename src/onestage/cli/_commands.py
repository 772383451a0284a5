"""How a command is added: its docstring is its help, examples and all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cyclopts import App, Group
from docstring_parser import DocstringStyle, parse


def add(app: App, command: Callable[..., Any], *, group: Group, sort_key: int) -> None:
    """Add a command, with the examples of its docstring at the end of its help."""
    end = epilogue(examples(command))
    app.command(command, group=group, sort_key=sort_key, help_epilogue=end)


def examples(command: Callable[..., Any]) -> str:
    """What stands under Examples in a docstring."""
    found = parse(command.__doc__ or "", style=DocstringStyle.NUMPYDOC).examples
    return "\n".join(example.description or "" for example in found)


def epilogue(lines: str) -> str:
    """Examples as a part of the help, in Markdown."""
    return f"Examples:\n\n```\n{lines}\n```"
