"""Build every preset, take two steps, and write what it is and which way it takes.

    make presets     # writes docs/presets.md

Narrow networks and small images: the route and its cost depend on the loss, on the kind of
discriminator and on the penalties, which are the preset's.
"""

from __future__ import annotations

from pathlib import Path

import torch

from onestage.apps import build_game
from onestage.presets import Preset, list_presets
from onestage.training import build_config, merge

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "presets.md"
BEGIN, END = "<!-- presets -->", "<!-- end of presets -->"
_NARROW = {
    "batch_size": 4,
    "generator": {"base_width": 4},
    "discriminator": {"base_width": 4},
}


def explain(preset: Preset) -> dict[str, str]:
    """What `OneStage.explain()` says of a preset after two steps, by heading."""
    settings = {"preset": preset.name, "scale": "small", "method": "one-stage"}
    game = build_game(build_config(merge(settings, _NARROW)))
    for _ in range(2):
        game.step()
    lines = (line.partition(":") for line in game.explain().splitlines())
    return {heading: text.strip() for heading, _, text in lines}


def table() -> str:
    """All presets as Markdown."""
    rows = [
        "| preset | what | strategy | cost per step | published figure, source |",
        "|---|---|---|---|---|",
    ]
    for preset in list_presets():
        told = explain(preset)
        strategy = told["strategy"].split()[0]
        cost = told["cost"].partition(" per step")[0]
        rows.append(
            f"| `{preset.name}` | {preset.title}; for {preset.data} | `{strategy}` | {cost} | "
            f"{preset.expected}. {preset.source}. |"
        )
    return "\n".join(rows)


def page(text: str) -> str:
    """The page with the table as it is now."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def main() -> None:
    """Write the page."""
    torch.set_num_threads(1)
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)} written")


if __name__ == "__main__":
    main()
