"""`onestage presets`."""

from __future__ import annotations

from dataclasses import asdict

from onestage.cli._answer import Answer, Block, table
from onestage.presets import Preset, list_presets


def presets() -> Answer:
    """List the presets that `onestage train --preset` takes.

    As a table on a terminal, as plain lines elsewhere; --json has the settings themselves.

    Examples
    --------
    onestage presets
    onestage presets --json | jq '.[].name'
    """
    found = list_presets()
    headings = ("name", "what", "made for", "expected")
    drawn = table(headings, [(x.name, x.title, x.data, x.expected) for x in found])
    drawn.caption = "onestage train --preset NAME [--scale small]"
    return Answer(
        [asdict(preset) for preset in found], [Block(drawn, "\n".join(map(_describe, found)))]
    )


def _describe(preset: Preset) -> str:
    return (
        f"{preset.name}: {preset.title}\n  data: {preset.data}\n"
        f"  expected: {preset.expected}\n  source: {preset.source}"
    )
