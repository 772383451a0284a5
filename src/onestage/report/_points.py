"""A picture of points in the plane."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from onestage._files import replacing

_SIZE, _MARGIN, _DOT = 480, 1.5, 2
_REAL, _FAKE = (170, 170, 170), (0, 90, 181)  # told apart by everybody, in print as well


def write_points(real: Tensor, fake: Tensor, path: Path) -> None:
    """Write real points in grey and generated ones in blue as a PNG.

    The frame reaches half as far again as the real points do; what lies outside it is drawn at
    its edge. An interrupted write leaves no broken file behind.

    Args:
        real: [N, 2].
        fake: [M, 2].
        path: the file.
    """
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (_SIZE, _SIZE), "white")
    canvas = ImageDraw.Draw(picture)
    reach = _MARGIN * float(real.abs().max())
    for points, colour in ((real, _REAL), (fake, _FAKE)):
        places = (points.detach().float().cpu() / reach).clamp(-1, 1).nan_to_num()
        for x, y in ((places + 1) * (_SIZE / 2)).tolist():
            canvas.ellipse((x - _DOT, _SIZE - y - _DOT, x + _DOT, _SIZE - y + _DOT), fill=colour)
    with replacing(path) as place:
        picture.save(place, format="PNG")
