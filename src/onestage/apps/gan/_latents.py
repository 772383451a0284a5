"""Latents, and what pictures do with them."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import normalize

from onestage.apps.gan._selection import Selection
from onestage.training import seeded_generator

_SMALLEST_SINE = 1e-6


def select_latents(selection: Selection, count: int, latent_dim: int, *, seed: int) -> Tensor:
    """The latents [count, latent_dim] of a picture.

    Row r of an interpolation goes from sample r of that seed to sample r + 1.

    Args:
        selection: which.
        count: samples in all; of an interpolation, whole rows.
        latent_dim: length of a latent.
        seed: the run's, for its own pictures.
    """
    seed, stream = selection.random(seed)
    steps = selection.steps
    drawn = count if steps is None else count // steps + 1
    latents = draw_latents(drawn, latent_dim, seed=seed, stream=stream)
    if selection.truncation is not None:
        latents = truncate(latents, selection.truncation)
    if steps is None:
        return latents
    return interpolate(latents[:-1], latents[1:], steps).flatten(0, 1)


def draw_latents(num: int, latent_dim: int, *, seed: int, stream: str) -> Tensor:
    """Standard normal latents [num, latent_dim]; the first do not depend on how many follow."""
    random = seeded_generator(seed, stream)
    return torch.stack([torch.randn(latent_dim, generator=random) for _ in range(num)])


def truncate(latents: Tensor, threshold: float) -> Tensor:
    """Standard normal latents as latents of the normal truncated to [-threshold, threshold].

    The truncation trick (Brock et al., ICLR 2019, section 3.1): the lower the threshold, the more
    alike and, mostly, the better the samples. There values outside are drawn anew. This is the same
    distribution by its quantiles, z' = F_t^-1(F(z)), so that each sample stays recognisable:

        z' = sqrt(2) erfinv(erf(t / sqrt(2)) erf(z / sqrt(2)))

    Args:
        latents: of any shape.
        threshold: t, above 0.
    """
    share = math.erf(threshold / math.sqrt(2))  # of a standard normal within the threshold
    inside = share * torch.erf(latents.double() / math.sqrt(2))
    # Where erf rounds to 1, far outside, erfinv is infinite.
    found = (math.sqrt(2) * torch.erfinv(inside)).clamp(-threshold, threshold)
    return found.to(latents.dtype)


def interpolate(start: Tensor, end: Tensor, num_steps: int) -> Tensor:
    """Latents from `start` to `end`, both included, along a great circle.

    Spherical interpolation (Shoemake 1985; for latents White 2016, arXiv 1609.04468): half way on a
    straight line, latents are nearer to 0 than almost any that G has seen.

        slerp(a, b, t) = (sin((1 - t) w) a + sin(t w) b) / sin w,    cos w = <a, b> / (|a| |b|)

    Args:
        start: [N, latent_dim].
        end: [N, latent_dim].
        num_steps: at least 2.

    Returns:
        [N, num_steps, latent_dim].
    """
    a, b = start.double()[:, None], end.double()[:, None]  # [N, 1, latent_dim]
    t = torch.linspace(0, 1, num_steps, dtype=torch.float64)[:, None]  # [num_steps, 1]
    cosine = (normalize(a, dim=-1) * normalize(b, dim=-1)).sum(-1, keepdim=True)
    angle = cosine.clamp(-1, 1).acos()  # [N, 1, 1]
    sine = angle.sin()
    arc = (((1 - t) * angle).sin() * a + (t * angle).sin() * b) / sine
    # No angle, or opposite directions, between which no arc is the shortest; so in one dimension.
    found = torch.where(sine > _SMALLEST_SINE, arc, (1 - t) * a + t * b)
    return found.to(start.dtype)
