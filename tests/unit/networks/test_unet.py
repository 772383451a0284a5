import pytest
import torch

from onestage.networks import UNetGenerator


@pytest.mark.parametrize("image_size", [16, 32, 64])
@pytest.mark.parametrize("norm", ["batch", "group", "none"])
def test_images_come_out_at_the_size_they_went_in(image_size, norm):
    network = UNetGenerator(
        image_size=image_size, condition_channels=1, channels=3, base_width=4, norm=norm
    )
    images = network(torch.randn(2, 1, image_size, image_size))
    assert images.shape == (2, 3, image_size, image_size)
    assert images.abs().max() <= 1


def test_chance_is_dropout_in_train_mode_alone():
    network = UNetGenerator(image_size=16, base_width=4)
    condition = torch.randn(2, 3, 16, 16)
    assert not torch.equal(network(condition), network(condition))
    network.eval()
    assert torch.equal(network(condition), network(condition))


def test_every_pixel_of_the_condition_matters():
    network = UNetGenerator(image_size=32, base_width=4).double().eval()
    condition = torch.randn(1, 3, 32, 32, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(network(condition).square().sum(), condition)
    assert (gradient != 0).all()


def test_every_weight_is_used():
    network = UNetGenerator(image_size=32, base_width=4)
    network(torch.randn(2, 3, 32, 32)).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"does not fit a U-Net.*choose 16, 32, 64, 128 or 256"):
        UNetGenerator(image_size=24)
    with pytest.raises(ValueError, match=r"does not fit this generator; give \[batch, 3, 16, 16\]"):
        UNetGenerator(image_size=16, base_width=2)(torch.zeros(1, 1, 16, 16))
