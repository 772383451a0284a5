"""What D sees of the classes."""

import math

import torch

from onestage.apps.adaptation import balanced, entropy_weights, multilinear


def test_the_multilinear_map_holds_every_product():
    features, guesses = torch.tensor([[1.0, 2.0]]), torch.tensor([[0.25, 0.75]])
    assert multilinear(features, guesses).tolist() == [[0.25, 0.5, 0.75, 1.5]]


def test_features_that_are_maps_are_flattened():
    assert multilinear(torch.ones(2, 3, 4, 4), torch.ones(2, 5)).shape == (2, 240)


def test_a_sure_prediction_counts_twice_as_much_as_none():
    guesses = torch.tensor([[1.0, 0.0], [0.5, 0.5]])
    sure, unsure = entropy_weights(guesses).tolist()
    assert sure == 2
    assert math.isclose(unsure, 1 + math.exp(-math.log(2)))


def test_both_domains_weigh_one_half():
    is_source = torch.tensor([1.0, 1.0, 1.0, 0.0])
    found = balanced(torch.tensor([1.0, 2.0, 1.0, 5.0]), is_source)
    assert found.tolist() == [0.5, 1.0, 0.5, 2.0]


def test_equal_weights_stay_exactly_one():
    for half in range(1, 40):
        is_source = (torch.arange(2 * half) < half).float()
        assert balanced(torch.ones(2 * half), is_source).eq(1).all()
