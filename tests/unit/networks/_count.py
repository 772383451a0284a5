"""Sizes of networks."""

from torch import nn


def count_parameters(network: nn.Module) -> int:
    """All weights and biases."""
    return sum(parameter.numel() for parameter in network.parameters())
