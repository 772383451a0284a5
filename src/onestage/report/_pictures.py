"""Sample grids within the page, and the slider that walks their steps."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path

from onestage.report._read import Run
from onestage.report._text import escape
from onestage.report._thin import spread

LIMIT = 40  # pictures of one run
_ALL = 80  # of all runs together, but no run less than four
_BUDGET = 3_000_000  # bytes of all pictures; a third more in base64
_QUALITIES = (85, 70)

_Steps = list[tuple[int, Path]]
_Images = list[tuple[int, str, bytes]]  # step, media type, file


def draw_pictures(runs: Sequence[Run], budget: int = _BUDGET) -> str:
    """Each run's samples at one step, and a slider over the steps where there are several.

    Pictures go in as they are while they fit the budget; then as JPEG; then fewer of them.

    Args:
        runs: what to show.
        budget: bytes for all pictures.
    """
    shown = [run for run in runs if run.pictures]
    if not shown:
        return ""
    limit = min(LIMIT, max(4, _ALL // len(shown)))
    chosen = [spread(run.pictures, limit) for run in shown]
    loaded = _load(chosen, budget)
    steps = sorted({step for images in loaded for step, *_ in images})
    figures = "".join(
        _figure(run.name, images, len(runs) > 1) for run, images in zip(shown, loaded, strict=True)
    )
    return f'<div class="walk">{_slider(steps)}<div class="grids">{figures}</div></div>'


def _load(chosen: Sequence[_Steps], budget: int) -> list[_Images]:
    sizes = {path: path.stat().st_size for steps in chosen for _, path in steps}
    if sum(sizes.values()) <= budget:
        return [[(step, "png", path.read_bytes()) for step, path in steps] for steps in chosen]
    largest = max(sizes, key=lambda path: sizes[path])
    each = budget / len(sizes)
    for quality in _QUALITIES:
        size = len(_as_jpeg(largest, quality))
        if size <= each:
            break
    chosen = [spread(steps, max(1, int(len(steps) * min(1.0, each / size)))) for steps in chosen]
    return [[(step, "jpeg", _as_jpeg(path, quality)) for step, path in steps] for steps in chosen]


def _as_jpeg(path: Path, quality: int) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    with Image.open(path) as image:
        image.convert("L" if image.mode == "L" else "RGB").save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _slider(steps: Sequence[int]) -> str:
    """Walks the steps by mouse, touch and arrow keys; without JavaScript the last one is shown."""
    last = len(steps) - 1
    if not last:
        return f'<p class="step">Step {steps[0]:,}</p>'
    listed = ",".join(map(str, steps))
    return (
        '<p class="step"><label for="walk">Step</label> '
        f'<input type="range" id="walk" min="0" max="{last}" value="{last}" step="1" '
        f'data-steps="{listed}" aria-valuetext="step {steps[-1]:,}"> '
        f'<output for="walk">{steps[-1]:,}</output></p>'
    )


def _figure(name: str, images: _Images, with_name: bool) -> str:
    last = images[-1][0]
    shown = "".join(
        f'<img data-step="{step}" alt="Samples of {escape(name)} at step {step:,}" '
        f'src="data:image/{kind};base64,{base64.b64encode(file).decode()}"'
        f"{'' if step == last else ' hidden'}>"
        for step, kind, file in images
    )
    caption = f"<figcaption>{escape(name)}</figcaption>" if with_name else ""
    return f"<figure>{shown}{caption}</figure>"
