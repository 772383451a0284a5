"""Classifiers for distillation: shapes, published sizes, what they refuse."""

import pytest
import torch
from tests.unit.networks._count import count_parameters

from onestage.networks import LeNet5, ResNetClassifier


def test_sizes_are_the_published_ones():
    # conv 156 + 2,416 + 48,120, linear 10,164 + 850
    assert count_parameters(LeNet5()) == 61_706
    # conv 78 + 608 + 12,060, linear 2,562 + 430
    assert count_parameters(LeNet5(divisor=2)) == 15_738
    with torch.device("meta"):
        sizes = [count_parameters(ResNetClassifier(depth=depth)) for depth in (18, 34)]
    assert sizes == [11_173_962, 21_282_122]


def test_logits():
    assert LeNet5(num_classes=7, channels=3)(torch.randn(2, 3, 32, 32)).shape == (2, 7)
    network = ResNetClassifier(base_width=2, num_classes=5, channels=1)
    assert network(torch.randn(2, 1, 32, 32)).shape == (2, 5)
    assert network.layer4(network.layer3(network.layer2(torch.randn(1, 2, 32, 32)))).shape[-1] == 4


def test_lenet_looks_at_each_sample_alone():
    network, images = LeNet5(), torch.randn(3, 1, 32, 32)
    torch.testing.assert_close(network(images)[1:2], network(images[1:2]))


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: ResNetClassifier(depth=50), "depth=50"),
        (lambda: LeNet5(divisor=0), "divisor=0"),
        (lambda: LeNet5(divisor=7), "width=0"),
        (lambda: LeNet5()(torch.randn(1, 1, 28, 28)), r"\[1, 1, 28, 28\] do not fit LeNet-5"),
    ],
)
def test_refusals(build, words):
    with pytest.raises(ValueError, match=words):
        build()
