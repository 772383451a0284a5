import pytest
import torch
from torch.nn import functional as F

from onestage.augment import AdaptiveAugment
from onestage.augment._blit import _flip, _shift, _turn, blit
from onestage.augment._draw import Draw

MANY = 4000


def _like(height=16, width=16):
    return Draw(torch.zeros(1, 1, 1, 1).expand(MANY, 1, height, width))


def _share(mask):
    return mask.float().mean().item()


@pytest.mark.parametrize("p", [0.0, 0.4, 1.0])
def test_half_of_the_chosen_are_flipped(p):
    found = _flip(_like(), torch.tensor(p))
    assert _share(found[:, 0, 0] == -1) == pytest.approx(p / 2, abs=0.03)


@pytest.mark.parametrize("p", [0.0, 0.4, 1.0])
def test_quarter_turns_are_equally_likely(p):
    cosine, sine = _turn(_like(), torch.tensor(p))[:, 0, :2].unbind(1)
    for turn in ((-1, 0), (0, 1), (0, -1)):
        share = _share((cosine == turn[0]) & (sine == turn[1]))
        assert share == pytest.approx(p / 4, abs=0.03)


def test_images_that_are_not_square_stay_upright_or_upside_down():
    cosine = _turn(_like(16, 12), torch.tensor(1.0))[:, 0, 0]
    assert _share(cosine == 1) == pytest.approx(0.5, abs=0.03)
    assert _share(cosine == -1) == pytest.approx(0.5, abs=0.03)


def test_shifts_are_whole_and_uniform_up_to_an_eighth():
    x, y = _shift(_like(32, 16), torch.tensor(1.0))[:, :2, 2].unbind(1)
    assert sorted(set(x.tolist())) == [-2, -1, 0, 1, 2]  # 16 / 8
    assert sorted(set(y.tolist())) == [-4, -3, -2, -1, 0, 1, 2, 3, 4]  # 32 / 8
    assert _share(x == 1) == pytest.approx(1 / 4, abs=0.03)  # U(-2, 2), rounded
    assert _share(x == 2) == pytest.approx(1 / 8, abs=0.03)
    moved = (_shift(_like(64, 64), torch.tensor(0.3))[:, :2, 2] != 0).any(1)
    assert _share(moved) == pytest.approx(0.3, abs=0.03)


def test_every_image_is_one_of_those_that_there_are():
    """Pixels are moved, never mixed: 8 symmetries, 9 shifts by reflection."""
    image = torch.randn(1, 3, 8, 8)
    symmetries = [torch.rot90(x, k, (2, 3)) for x in (image, image.flip(3)) for k in range(4)]
    candidates = torch.cat(
        [
            F.pad(x, (1, 1, 1, 1), mode="reflect")[..., i : i + 8, j : j + 8]
            for x in symmetries
            for i in range(3)
            for j in range(3)
        ]
    )
    found = AdaptiveAugment("b", p=1.0)(image.expand(500, 3, 8, 8))
    equal = (found.unsqueeze(1) == candidates).flatten(2).all(2)  # [500, 72]
    assert (equal.sum(1) == 1).all()
    assert equal.any(0).sum() > 65


def test_everything_at_once_is_composed_of_whole_numbers():
    found = blit(_like(), torch.tensor(1.0))
    assert torch.equal(found, found.round())
    assert torch.equal(torch.linalg.det(found).abs().round(decimals=5), torch.ones(MANY))
