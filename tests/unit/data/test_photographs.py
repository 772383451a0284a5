import pytest
import torch
from sklearn.datasets import load_sample_images

from onestage.data import DataError, build_source


def test_crops_are_cut_from_the_photographs():
    source = build_source("photographs", image_size=64)
    assert len(source) == 2 * 46 * 73
    assert source.labels.bincount().tolist() == [46 * 73] * 2
    flower = torch.tensor(load_sample_images().images[1]).permute(2, 0, 1) / 127.5 - 1
    index = 46 * 73 + 5 * 73 + 9  # the flower, row 5, column 9
    assert torch.equal(source[index], flower[:, 40:104, 72:136])


def test_smaller_images_are_resized_crops():
    large, small = (build_source("photographs", image_size=size) for size in (64, 16))
    assert len(large) == len(small)
    assert small[7].mean().item() == pytest.approx(large[7].mean().item(), abs=0.02)


def test_larger_images_are_larger_crops():
    source = build_source("photographs", image_size=128)
    assert source[len(source) - 1].shape == (3, 128, 128)


def test_range_and_grey():
    source = build_source("photographs", image_size=32, channels=1)
    images = torch.stack([source[index] for index in range(0, len(source), 200)])
    assert images.shape[1:] == (1, 32, 32)
    assert images.min() >= -1
    assert images.max() <= 1


def test_too_large():
    with pytest.raises(DataError, match="at most 427"):
        build_source("photographs", image_size=512)
