"""The rooms of the package and what each imports, read from the files without importing them."""

from __future__ import annotations

import ast
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "onestage"
# Files beside the packages: parts of a room, or small helpers that everything may know.
PARTS = {
    "__init__": "_game",
    "_checks": "_game",
    "_play_checks": "_game",
    "_result": "_game",
    "_reference": "testing",
}
HELPERS = {
    "__main__",
    "_allocator",
    "_convert",
    "_dtypes",
    "_factory",
    "_files",
    "_frozen",
    "_processes",
    "_tree",
    "_version",
}

Rooms = dict[str, set[str]]


def imported(file: Path) -> set[str]:
    """The modules that a file of the package imports."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:  # ruff refuses relative ones
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def read_rooms() -> Rooms:
    """Every room with the rooms that it imports."""
    rooms: Rooms = {}
    for file in sorted(SOURCE.rglob("*.py")):
        inside = (name.split(".") for name in imported(file) if name.startswith("onestage."))
        rooms.setdefault(
            _room(file.relative_to(SOURCE).parts[0].removesuffix(".py")), set()
        ).update(_room(parts[1]) for parts in inside)
    known = rooms.keys() - HELPERS
    return {room: (rooms[room] & known) - {room} for room in known}


def _room(name: str) -> str:
    """The room of a file or package; a name that `onestage` itself exports is the game's."""
    exists = (SOURCE / name).is_dir() or (SOURCE / f"{name}.py").exists()
    return PARTS.get(name, name) if exists else "_game"


def reduced(rooms: Rooms) -> Rooms:
    """Without the imports that follow from others."""
    return {
        room: {
            other
            for other in others
            if not any(other in _below(rooms, third) for third in others - {other})
        }
        for room, others in rooms.items()
    }


def _below(rooms: Rooms, room: str) -> set[str]:
    found = set(rooms[room])
    return found.union(*(_below(rooms, other) for other in found))


def floors(rooms: Rooms) -> list[list[str]]:
    """From the top: each room above all that it imports, and right below the lowest of its users.

    Raises:
        RecursionError: if imports go round.
    """
    height: dict[str, int] = {}

    def lift(room: str) -> int:
        if room not in height:
            height[room] = 1 + max((lift(other) for other in rooms[room]), default=-1)
        return height[room]

    for room in sorted(rooms, key=lift, reverse=True):  # what is little used moves up to its users
        users = [height[other] for other in rooms if room in rooms[other]]
        height[room] = max(height[room], min(users, default=height[room] + 1) - 1)
    return [
        sorted(room for room in rooms if height[room] == floor)
        for floor in reversed(range(max(height.values()) + 1))
    ]


def purpose(room: str) -> str:
    """The first sentence of its docstring."""
    place = SOURCE / room
    file = place / "__init__.py" if place.is_dir() else SOURCE / f"{room}.py"
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return " ".join(text.partition("\n\n")[0].split())
