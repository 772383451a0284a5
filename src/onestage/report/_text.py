"""What comes from files, on its way into HTML."""

from __future__ import annotations

import html
import math
from pathlib import Path
from typing import Any, TypeGuard

from onestage._files import replacing

_LARGE = 1e5  # from here on digits are hard to count
_SMALL = 1e-3
_UNITS = ((1e9, "G"), (1e6, "M"), (1e3, "k"))
_ACRONYMS = ("fid", "kid")
NOTHING = "\N{EN DASH}"


def escape(value: object) -> str:
    """Text that stands for itself between tags and in quoted attributes."""
    return html.escape(str(value), quote=True)


def is_number(value: Any) -> TypeGuard[float]:
    """A finite number; True and False are none."""
    is_real = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_real and math.isfinite(value)


def figure(value: Any) -> str:
    """A number with four digits; anything else as it is, and nothing as a dash."""
    if value is None:
        return NOTHING
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    if not math.isfinite(value) or value == 0 or _SMALL <= abs(value) < _LARGE:
        return f"{value:.4g}"
    return f"{value:.2e}"


def short(value: float) -> str:
    """A number for the end of an axis: 1500 is 1.5k."""
    for unit, letter in _UNITS:
        if unit <= abs(value) < 1e12:
            return f"{value / unit:.4g}{letter}"
    if value == 0 or abs(value) >= _SMALL:
        return f"{value:.4g}"
    return f"{value:.0e}".replace("e-0", "e-")


def titled(name: str) -> str:
    """A name out of a record as a heading: `smallest_class` is `smallest class`, `fid` is `FID`."""
    return name.upper() if name in _ACRONYMS else name.replace("_", " ")


def write_page(page: str, path: Path) -> None:
    """Write a page, or replace an older one, in one step."""
    with replacing(path) as place:
        place.write_bytes(page.encode("utf-8", "replace"))
