"""The rooms as an SVG: floors from the top, a line for each import that does not follow."""

from __future__ import annotations

from _architecture.rooms import Rooms, floors, reduced

_WIDTH, _BOX, _GAP, _HEIGHT, _FLOOR = 640, 84, 8, 34, 82
_STYLE = """
text { font: 13.5px ui-monospace, Menlo, Consolas, monospace; text-anchor: middle; fill: #1a1d21 }
rect { fill: #fff; stroke: #57606a; rx: 6px }
.paper { stroke: none }
.core { fill: #e3ecfb; stroke: #3b6fc4 }
line { stroke: #8c959f; stroke-width: 1.4 }
""".strip()

Place = tuple[float, float]


def draw(rooms: Rooms, core: set[str]) -> str:
    """The picture.

    Args:
        rooms: each with what it imports.
        core: those to be marked.
    """
    lines, places = reduced(rooms), _places(rooms)
    height = _FLOOR * len(floors(rooms)) - _FLOOR + _HEIGHT + 2 * _GAP
    edges = [
        f'<line x1="{places[room][0]:.0f}" y1="{places[room][1] + _HEIGHT}" '
        f'x2="{places[other][0]:.0f}" y2="{places[other][1]}"/>'
        for room in sorted(lines)
        for other in sorted(lines[room])
    ]
    boxes = [
        f'<rect class="{"core" if room in core else "room"}" x="{x - _BOX / 2:.0f}" y="{y}" '
        f'width="{_BOX}" height="{_HEIGHT}"/><text x="{x:.0f}" y="{y + 22}">{label(room)}</text>'
        for room, (x, y) in sorted(places.items())
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
            'role="img"><title>What each room imports</title>',
            f"<style>{_STYLE}</style>",
            f'<rect class="paper" width="{_WIDTH}" height="{height}"/>',
            *edges,
            *boxes,
            "</svg>\n",
        ]
    )


def label(room: str) -> str:
    """What a room is called by those who use it."""
    return "OneStage" if room == "_game" else room


def _places(rooms: Rooms) -> dict[str, Place]:
    """The middle of each box's top; a room stands near the rooms that import it."""
    places: dict[str, Place] = {}
    for floor, row in enumerate(floors(rooms)):
        ordered = sorted(row, key=lambda room: (_middle(room, rooms, places), room))
        step = _WIDTH / len(row)
        aside = (step - _BOX) / 6 * (-1) ** floor  # so that no line goes straight through a box
        for number, room in enumerate(ordered):
            places[room] = (step * (number + 0.5) + aside, _GAP + _FLOOR * floor)
    return places


def _middle(room: str, rooms: Rooms, places: dict[str, Place]) -> float:
    above = [places[other][0] for other in reduced(rooms) if room in reduced(rooms)[other]]
    return sum(above) / len(above) if above else _WIDTH / 2
