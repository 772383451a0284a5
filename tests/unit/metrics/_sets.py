"""Sets of features whose distances are known."""

import torch


def gaussian(num_samples, mean=0.0, std=1.0, seed=0):
    """float64 [num_samples, 4]."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(num_samples, 4, generator=generator, dtype=torch.float64)
    return mean + std * noise
