"""Draw what each room imports, from the files themselves.

make architecture     # writes docs/images/rooms.svg and the table of docs/architecture.md
"""

from __future__ import annotations

import re
from pathlib import Path

from _architecture.drawing import draw, label
from _architecture.rooms import floors, purpose, read_rooms

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
PICTURE = ROOT / "docs" / "images" / "rooms.svg"
CORE = {"_game", "engine", "losses", "penalties", "optim", "testing"}


def picture() -> str:
    """The rooms, the core marked."""
    return draw(read_rooms(), CORE)


def table() -> str:
    """The rooms from the top, with what each is for and all that it imports."""
    rooms = read_rooms()
    lines = ["| room | what | imports |", "|---|---|---|"]
    for row in floors(rooms):
        for room in row:
            names = ", ".join(f"`{label(other)}`" for other in sorted(rooms[room]))
            lines.append(f"| `{label(room)}` | {purpose(room)} | {names} |")
    return "\n".join(lines)


def page(text: str) -> str:
    """The page with the table as it is now."""
    made = f"<!-- rooms -->\n{table()}\n<!-- end -->"
    return re.sub(r"<!-- rooms -->\n.*?<!-- end -->", lambda _: made, text, flags=re.DOTALL)


def main() -> None:
    """Write both."""
    PICTURE.write_text(picture(), encoding="utf-8")
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
