"""Losses and the domain accuracy against numbers by hand."""

import math

import pytest
import torch

from onestage.apps.adaptation import build_objective
from onestage.apps.adaptation._judge import Verdict
from onestage.apps.adaptation._objectives import domain_accuracy


def said(logits, domains):
    return Verdict(torch.tensor(logits), torch.tensor(domains), torch.ones(len(domains)))


@pytest.mark.parametrize(
    ("name", "discriminator", "features"),
    [
        # softplus(-2) and softplus(1) for the source at 2 and the target at 1.
        ("reversal", math.log1p(math.exp(-2)) + math.log1p(math.e), None),
        (
            "swapped-labels",
            math.log1p(math.exp(-2)) + math.log1p(math.e),
            math.log1p(math.exp(2)) + math.log1p(math.exp(-1)),
        ),
        ("wasserstein", 2 * (1.0 - 2.0), None),
    ],
)
def test_values(name, discriminator, features):
    loss, verdict = build_objective(name), said([2.0, 1.0], [1.0, 0.0])
    found = loss.discriminator_loss(None, verdict)
    assert found.item() == pytest.approx(discriminator / 2)
    wanted = -discriminator if features is None else features
    assert loss.generator_loss(None, verdict).item() == pytest.approx(wanted / 2)


def test_every_position_of_a_map_counts():
    loss, flat = build_objective("reversal"), said([2.0, 1.0], [1.0, 0.0])
    grid = flat._replace(logits=flat.logits.view(2, 1, 1, 1).expand(2, 1, 3, 3))
    torch.testing.assert_close(
        loss.discriminator_loss(None, grid), loss.discriminator_loss(None, flat)
    )


def test_a_weight_counts():
    loss = build_objective("reversal")
    verdict = said([0.0, 3.0], [1.0, 0.0])._replace(weights=torch.tensor([2.0, 0.0]))
    assert loss.discriminator_loss(None, verdict).item() == pytest.approx(math.log(2))


@pytest.mark.parametrize(
    ("logits", "critic", "accuracy"),
    [
        ([1.0, -1.0, -1.0, -1.0], False, 0.75),  # one source of two, both targets
        ([9.0, 8.0, 7.0, 1.0], False, 0.5),  # all are taken for source
        ([9.0, 8.0, 7.0, 1.0], True, 0.75),  # the middle between 8.5 and 4 is 6.25
        ([-5.0, -6.0, -7.0, -8.0], True, 1.0),
    ],
)
def test_domain_accuracy(logits, critic, accuracy):
    verdict = said(logits, [1.0, 1.0, 0.0, 0.0])
    assert domain_accuracy(verdict, critic=critic) == accuracy


def test_each_domain_is_one_half_of_the_accuracy():
    verdict = said([1.0, 1.0, 1.0, 1.0, -1.0], [1.0, 1.0, 1.0, 1.0, 0.0])
    assert domain_accuracy(verdict, critic=False) == 1
    verdict = said([1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0, 0.0])
    assert domain_accuracy(verdict, critic=False) == 0.5
