import pytest
import torch
from torch import nn

from onestage.metrics import PixelFeatures, extract_features


def _images(count=5):
    return torch.rand(count, 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_pixel_features_are_the_small_image():
    features = PixelFeatures()(torch.full((2, 3, 32, 32), 0.5))
    assert features.shape == (2, 192)
    assert torch.allclose(features, torch.tensor(0.5))


@pytest.mark.parametrize("batch_size", [1, 2, 5, 100])
def test_batches_change_nothing(batch_size):
    network, images = PixelFeatures().eval(), _images()
    features = extract_features(network, images, batch_size=batch_size)
    assert features.dtype == torch.float64
    assert torch.equal(features, network(images).double())
    assert torch.equal(features, extract_features(network, iter(images.split(2))))


def test_a_network_in_half_precision():
    network = nn.Sequential(nn.Flatten(), nn.Linear(768, 4)).bfloat16().eval()
    assert extract_features(network, _images()).shape == (5, 4)


@pytest.mark.parametrize(
    "images, message",
    [
        (torch.full((2, 3, 16, 16), float("nan")), "diverged"),
        (torch.full((2, 3, 16, 16), float("inf")), "diverged"),
        (torch.full((2, 3, 16, 16), 255.0), r"reach 255; scale them to \[-1, 1\]"),
        (torch.zeros(3, 16, 16), "were given"),
        ([], "no images"),
    ],
)
def test_images_that_cannot_be_measured(images, message):
    with pytest.raises(ValueError, match=message):
        extract_features(PixelFeatures().eval(), images)


def test_networks_that_cannot_measure():
    with pytest.raises(ValueError, match=r"call \.eval\(\)"):
        extract_features(PixelFeatures(), _images())
    with pytest.raises(ValueError, match=r"must give \[batch, F\]"):
        extract_features(nn.Identity().eval(), _images())
