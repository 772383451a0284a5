"""A picture of two groups of points."""

import torch
from PIL import Image

from onestage.report import Panel, write_scatter

GREY, BLUE = (150, 150, 150), (0, 90, 181)


def colours(path, box):
    with Image.open(path) as picture:
        return {colour for _, colour in picture.crop(box).getcolors(1 << 20)}


def test_points_are_where_they_should_be(tmp_path):
    first, second = torch.tensor([[-1.0, -1.0], [-1, 1]]), torch.tensor([[1.0, 1.0], [1, -1]])
    path = tmp_path / "a.png"
    write_scatter(
        [Panel("one", first, second), Panel("two", second, first)], path, first="a", second="b"
    )
    frames = [(6 + 420 * n, 50, 414 + 420 * n, 458) for n in range(2)]
    for frame, (left, right) in zip(frames, ((GREY, BLUE), (BLUE, GREY)), strict=True):
        low, top, high, bottom = frame
        middle = (low + high) // 2
        assert left in colours(path, (low, top, middle, bottom))
        assert right not in colours(path, (low, top, middle, bottom))
        assert right in colours(path, (middle, top, high, bottom))


def test_one_point_and_none_make_a_picture(tmp_path):
    write_scatter(
        [Panel("", torch.zeros(1, 2), torch.zeros(0, 2))], tmp_path / "a.png", first="a", second="b"
    )
    assert (tmp_path / "a.png").exists()
