"""The page of the architecture is drawn from the files, and names files that exist."""

import re
import sys

from tests.doc._snippets import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))

import architecture
from _architecture.rooms import floors, read_rooms, reduced

TEXT = architecture.PAGE.read_text(encoding="utf-8")


def test_the_picture_and_the_table_are_of_the_files():
    assert architecture.PICTURE.read_text(encoding="utf-8") == architecture.picture(), (
        "run make architecture"
    )
    assert "<!-- rooms -->" in TEXT
    assert architecture.page(TEXT) == TEXT, "run make architecture"


def test_every_import_goes_down():
    rooms = read_rooms()
    floor = {room: number for number, row in enumerate(floors(rooms)) for room in row}
    assert floor.keys() == rooms.keys() >= {"_game", "engine", "apps", "cli", "data"}
    assert all(floor[other] > floor[room] for room in rooms for other in rooms[room])


def test_what_follows_is_left_out():
    rooms = {"a": {"b", "c"}, "b": {"c"}, "c": set()}
    assert reduced(rooms) == {"a": {"b"}, "b": {"c"}, "c": set()}
    assert floors(rooms) == [["a"], ["b"], ["c"]]


def test_the_files_on_the_way_exist():
    _, way = TEXT.split("## The way of a batch")
    named = re.findall(r"`([a-z_/]+\.py)`", way)
    assert len(named) > 12
    assert [name for name in named if not (ROOT / "src/onestage" / name).exists()] == []


def test_the_folders_of_the_tree_exist():
    (tree,) = re.findall(r"```text\n(.*?)```", TEXT, flags=re.DOTALL)
    named = re.findall(r"(?:^|; +)([a-z]+(?:/[a-z]+)*)/", tree, flags=re.MULTILINE)
    assert len(named) >= 8
    assert all((ROOT / name).is_dir() for name in named), named
