"""Docstrings are Markdown with Google's sections; autodoc wants reStructuredText.

What differs is little: code and formulas are indented blocks, names stand between single
backticks, tables are drawn with bars. The sections are left to napoleon.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

_CODE = 4  # columns by which an indented block is code
_SPAN = re.compile(r"(``[^`]+``|`[^`]+`)")
_NAME = re.compile(r"[A-Za-z_][\w.]*(?:\(\))?")
_ROW, _RULE = re.compile(r"\|.*\|"), re.compile(r"\|[-:| ]+\|")


def to_rst(lines: list[str]) -> list[str]:
    """The lines of a Markdown docstring as reStructuredText."""
    turn = {"text": _text, "code": _code, "table": _table}
    kinds = groupby(zip(_kinds(lines), lines, strict=True), key=lambda pair: pair[0])
    return [line for kind, block in kinds for line in turn[kind]([line for _, line in block])]


def _kinds(lines: list[str]) -> Iterator[str]:
    """What each line belongs to: text, code or a table."""
    kind, column, begins = "text", 0, True  # where the text around begins; after an empty line
    for line in lines:
        text = line.lstrip()
        indent = len(line) - len(text)
        if text and not (kind == "code" and indent >= column + _CODE):
            is_code = begins and indent >= column + _CODE
            kind = "code" if is_code else "table" if _ROW.fullmatch(text) else "text"
            if not is_code:
                column = indent + (2 if re.match(r"[*-] ", text) else 0)
        begins = not text
        yield kind


def _text(lines: list[str]) -> list[str]:
    """Names as references, other code as it is, and nothing else taken for markup."""
    parts = []
    for part in _SPAN.split("\n".join(lines)):
        code = part.strip("`")
        if part == code:
            parts.append(re.sub(r"(\||(?<=\w)_(?!\w))", r"\\\1", part))
        else:
            parts.append(f":py:obj:`{code}`" if _NAME.fullmatch(code) else f"``{code}``")
    return "".join(parts).split("\n")


def _code(lines: list[str]) -> list[str]:
    indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return [" " * (indent - _CODE) + "::", "", *lines]


def _table(lines: list[str]) -> list[str]:
    """The rows as a list of lists; the rule below the heading is left out."""
    done = [".. list-table::", "   :header-rows: 1", ""]
    for row in lines:
        if row and not _RULE.fullmatch(row):
            cells = [_text([cell.strip()])[0] for cell in row.strip("|").split("|")]
            done += [f"   * - {cells[0]}", *(f"     - {cell}" for cell in cells[1:])]
    return [*done, ""]
