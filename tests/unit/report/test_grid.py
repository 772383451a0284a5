import pytest
import torch
from PIL import Image

from onestage.report import arrange_grid, write_grid


@pytest.mark.parametrize(
    ("num", "columns", "rows_and_columns"), [(4, None, (2, 2)), (5, 2, (3, 2)), (3, 9, (1, 3))]
)
def test_images_are_laid_out_row_by_row(num, columns, rows_and_columns):
    images = torch.linspace(-1, 1, num).view(num, 1, 1, 1).expand(num, 1, 32, 32)
    grid = arrange_grid(images, columns)
    rows, width = rows_and_columns
    assert grid.shape == (2 + 34 * rows, 2 + 34 * width, 1)
    for index in range(num):
        row, column = divmod(index, width)
        tile = grid[2 + 34 * row : 34 + 34 * row, 2 + 34 * column : 34 + 34 * column, 0]
        expected = round((images[index, 0, 0, 0].item() + 1) * 127.5)
        assert (tile == expected).all()
    assert (grid[:2] == 255).all()


def test_small_images_are_enlarged_in_squares():
    image = torch.tensor([[-1.0, 1.0], [1.0, -1.0]]).view(1, 1, 2, 2)
    grid = arrange_grid(image)[2:-2, 2:-2, 0]
    assert grid.shape == (32, 32)
    assert (grid[:16, :16] == 0).all()
    assert (grid[:16, 16:] == 255).all()


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB")])
def test_the_file_holds_the_grid(tmp_path, channels, mode):
    torch.manual_seed(0)
    images = torch.rand(6, channels, 16, 16) * 2 - 1
    write_grid(images, tmp_path / "grid.png", columns=3)
    with Image.open(tmp_path / "grid.png") as image:
        assert image.mode == mode
        pixels = torch.tensor(list(image.tobytes()), dtype=torch.uint8)
    assert torch.equal(pixels, arrange_grid(images, 3).flatten())
    assert [path.name for path in tmp_path.iterdir()] == ["grid.png"]


@pytest.mark.parametrize("shape", [(0, 1, 8, 8), (2, 2, 8, 8), (1, 8, 8)])
def test_what_is_no_image_is_refused(shape):
    with pytest.raises(ValueError, match="make no grid"):
        arrange_grid(torch.zeros(shape))
