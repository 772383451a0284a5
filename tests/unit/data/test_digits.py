import pytest
import torch

from onestage.data import build_source


def test_all_digits_are_there():
    source = build_source("digits", image_size=16)
    assert len(source) == 1797
    assert source.labels.dtype == torch.int64
    assert source.labels.unique().tolist() == list(range(10))
    assert source.class_names == tuple("0123456789")


@pytest.mark.parametrize("image_size", [8, 16, 64])
def test_range(image_size):
    source = build_source("digits", image_size=image_size)
    images = torch.stack([source[index] for index in range(0, 1797, 50)])
    assert images.dtype == torch.float32
    assert images.shape[1:] == (1, image_size, image_size)
    assert images.amin() == -1
    assert 0.9 < images.amax() <= 1


def test_three_channels_are_equal():
    image = build_source("digits", image_size=16, channels=3)[0]
    assert torch.equal(image[0], image[1])
    assert torch.equal(image[0], image[2])


def test_an_image_can_be_written_to():
    source = build_source("digits", image_size=16)
    source[0].zero_()
    assert source[0].any()


@pytest.mark.parametrize("channels", [1, 3])
def test_a_batch_at_once_is_its_images(channels):
    source = build_source("digits", image_size=16, channels=channels)
    batch, indices = source.fetch([5, 0, 1796])
    assert indices == [5, 0, 1796]
    assert torch.equal(batch, torch.stack([source[index] for index in indices]))
    batch.zero_()  # it is the caller's
    assert source[5].abs().sum() > 0
