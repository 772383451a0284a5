"""The shapes, and that samples stay independent."""

import pytest
import torch
from torch import nn

from onestage.apps.adaptation import DomainDiscriminator, ImageFeatures


@pytest.mark.parametrize(("size", "channels"), [(8, 1), (32, 3)])
def test_features_of_images_of_any_power_of_two(size, channels):
    features = ImageFeatures(image_size=size, channels=channels, base_width=4, num_features=7)
    assert features(torch.randn(2, channels, size, size)).shape == (2, 7)


def test_there_is_no_batch_norm():
    features = ImageFeatures(image_size=16, channels=1)
    assert not any(isinstance(part, nn.BatchNorm2d) for part in features.modules())


@pytest.mark.parametrize("size", [4, 12, 28])
def test_other_sizes_are_refused(size):
    with pytest.raises(ValueError, match=f"image-size is {size}: it must be 8, 16"):
        ImageFeatures(image_size=size, channels=1)


def test_one_logit_for_each_sample():
    judge = DomainDiscriminator(6, width=4)
    batch = torch.randn(3, 6)
    assert judge(batch).shape == (3,)
    torch.testing.assert_close(judge(batch)[1:2], judge(batch[1:2]))
