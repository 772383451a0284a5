"""The control is a copy that learns from the source alone."""

import copy

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from onestage.apps.adaptation import Control


def test_it_learns_by_itself_from_the_same_beginning():
    features, classifier = nn.Linear(4, 3), nn.Linear(3, 2)
    before = copy.deepcopy((features, classifier))
    control = Control(features, classifier, 1e-2, (0.5, 0.9))
    source, labels = torch.randn(6, 4), torch.arange(6) % 2
    control.step(source, labels, 0.1)
    by_hand = torch.optim.Adam([*before[0].parameters(), *before[1].parameters()], 0.1, (0.5, 0.9))
    cross_entropy(before[1](before[0](source)), labels).backward()
    by_hand.step()
    for ours, theirs in zip((control.features, control.classifier), before, strict=True):
        for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
            torch.testing.assert_close(a, b)
    assert all(p.grad is None for p in features.parameters())
    assert set(control.networks()) == {"control_features", "control_classifier"}
