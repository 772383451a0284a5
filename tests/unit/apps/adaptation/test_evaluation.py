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
    seen = look_at(part, features, classifier, torch.device("cpu"), 280)
    images = torch.stack([source[i] for i in range(280)])
    guesses = classifier(features.eval()(images)).argmax(1)
    assert seen.features.shape == (280, 64)
    assert torch.equal(seen.guesses, guesses)
    assert seen.accuracy() == (guesses == source.labels[:280]).double().mean()
    assert torch.equal(features[1].running_mean, mean)


def test_without_labels_there_is_no_accuracy():
    source = build_source("digits", image_size=8)
    part = Part(source, torch.arange(4), None)
    flat = nn.Flatten()
    assert look_at(part, flat, nn.Linear(64, 2), torch.device("cpu"), 9).accuracy() is None
