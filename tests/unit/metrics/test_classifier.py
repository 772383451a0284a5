import pytest
import torch

from onestage.data import build_source
from onestage.metrics import DigitsClassifier, load_digits_classifier


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [8, 16, 33, 64])
def test_images_of_any_size(size, channels):
    classifier = DigitsClassifier().eval()
    images = torch.rand(2, channels, size, size) * 2 - 1
    features = classifier(images)
    assert features.shape == (2, classifier.num_features)
    assert classifier.logits(images).shape == (2, classifier.num_classes)
    assert torch.equal(classifier.classify(features), classifier.logits(images))


@pytest.mark.parametrize("shape", [(2, 1, 7, 16), (2, 2, 16, 16), (1, 16, 16), (16, 16)])
def test_what_cannot_be_a_digit(shape):
    with pytest.raises(ValueError, match="cannot be classified"):
        DigitsClassifier()(torch.zeros(shape))


@pytest.mark.parametrize("image_size", [8, 16, 32, 64, 128])
def test_real_digits_are_known_at_every_size(cache_dir, image_size):
    source = build_source("digits", image_size=image_size)
    images = torch.stack([source[index] for index in range(0, 1797, 4)])
    classifier = load_digits_classifier(cache_dir)
    hits = classifier.logits(images).argmax(dim=1) == source.labels[::4]
    assert hits.double().mean() >= 0.98


def test_features_vary_and_have_unit_mean_square(cache_dir, digit_images):
    features = load_digits_classifier(cache_dir)(digit_images)
    assert features.std(dim=0).min() > 0.01
    assert features.square().mean().item() == pytest.approx(1, rel=0.05)
