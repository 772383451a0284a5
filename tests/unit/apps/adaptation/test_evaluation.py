"""Looking at a part of the data leaves the networks as they were."""

import torch
from torch import nn

from onestage.apps.adaptation._evaluation import look_at
from onestage.apps.adaptation._part import Part
from onestage.data import build_source


def test_accuracy_is_the_share_of_right_guesses():
    source = build_source("digits", image_size=8)
    features, classifier = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(64)), nn.Linear(64, 10)
    mean = features[1].running_mean.clone()
    part = Part(source, torch.arange(300), source.labels)
    seen = look_at(part, features, classifier, torch.device("cpu"), 400)
    images = torch.stack([source[i] for i in range(300)])
    guesses = classifier(features.eval()(images)).argmax(1)
    assert seen.features.shape == (300, 64)
    assert torch.equal(seen.guesses, guesses)
    assert seen.accuracy() == (guesses == source.labels[:300]).double().mean()
    assert torch.equal(features[1].running_mean, mean)


class Sorted:
    """10 classes one after the other, as from folders; each image is its own number."""

    name = "sorted"

    def __getitem__(self, index):
        return torch.full((1, 1, 1), float(index))


def test_fewer_images_than_there_are_come_from_all_classes():
    labels = torch.arange(10).repeat_interleave(600)
    part = Part(Sorted(), torch.arange(6000), labels)
    images, known = map(torch.cat, zip(*part.chunks(1000), strict=True))
    assert torch.equal(labels[images.flatten().long()], known)
    assert len(images.unique()) == 1000
    shares = known.bincount(minlength=10) / 1000
    assert (shares - 0.1).abs().max() < 0.03  # three standard deviations
    again, _ = map(torch.cat, zip(*part.chunks(1000), strict=True))
    assert torch.equal(images, again)


def test_all_images_come_in_their_order():
    part = Part(Sorted(), torch.arange(500), None)
    images = torch.cat([images for images, _ in part.chunks(500)])
    assert images.flatten().tolist() == list(range(500))


def test_without_labels_there_is_no_accuracy():
    source = build_source("digits", image_size=8)
    part = Part(source, torch.arange(4), None)
    flat = nn.Flatten()
    assert look_at(part, flat, nn.Linear(64, 2), torch.device("cpu"), 9).accuracy() is None
