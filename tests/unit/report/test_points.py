import torch
from PIL import Image

from onestage.report import write_points


def test_real_and_generated_points_are_both_seen(tmp_path):
    real = torch.tensor([[-1.0, 0.0], [0.0, 1.0]])
    fake = torch.tensor([[1.0, 0.0], [float("nan"), 99.0]])
    write_points(real, fake, tmp_path / "points.png")
    picture = Image.open(tmp_path / "points.png").convert("RGB")
    colours = {colour for _, colour in picture.getcolors()}
    assert len(colours) == 3
    left = picture.getpixel((round(picture.width * (1 - 1 / 1.5) / 2), picture.height // 2))
    right = picture.getpixel((round(picture.width * (1 + 1 / 1.5) / 2), picture.height // 2))
    assert left[0] == left[2]  # grey
    assert right[2] > right[0]  # blue
