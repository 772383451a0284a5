"""`onestage data`: what is done with images before they are learnt."""

from __future__ import annotations

from cyclopts import App, Group

from onestage.cli._commands import add, epilogue
from onestage.cli._inspect import inspect
from onestage.cli._pack import pack, prepare

_GROUP = Group("Commands", sort_key=0)

app = App(
    name="data",
    help="Look at images, pack them into shards, prepare known sets.",
    group=Group("Data", sort_key=4),
    group_commands=_GROUP,
    help_epilogue=epilogue(
        "onestage data inspect photos\n"
        "onestage data pack photos shards --image-size 128\n"
        "onestage train --data.source shards --image-size 128"
    ),
)
add(app, inspect, group=_GROUP, sort_key=0)
add(app, pack, group=_GROUP, sort_key=1)
add(app, prepare, group=_GROUP, sort_key=2)
