"""A trained teacher, and players, in float64."""

import functools

import torch
from torch import nn

from onestage.apps.distillation import LabelledImages, build_distillation_config, training_images


@functools.cache
def digits() -> LabelledImages:
    return training_images(build_distillation_config({"image_size": 8}))


def classifier(width=6, *, batch_norm=True, classes=10):
    return nn.Sequential(
        nn.Conv2d(1, width, 3, padding=1),
        nn.BatchNorm2d(width) if batch_norm else nn.Identity(),
        nn.SiLU(),
        nn.Conv2d(width, width, 3, 2, 1),
        nn.SiLU(),
        nn.Flatten(),
        nn.Linear(16 * width, classes),
    ).double()


@functools.cache
def trained_weights() -> dict:
    torch.manual_seed(0)
    network, images = classifier(), digits().take(torch.arange(1400)).double()
    optimizer = torch.optim.Adam(network.parameters(), 1e-2)
    for step in range(57):
        batch = torch.arange(64) * 19 % 1400 + step % 19
        loss = nn.functional.cross_entropy(network(images[batch]), digits().labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network.state_dict()


def teacher() -> nn.Module:
    network = classifier()
    network.load_state_dict(trained_weights())
    return network.eval()


def generator() -> nn.Module:
    return nn.Sequential(
        nn.Linear(5, 64),
        nn.BatchNorm1d(64),
        nn.SiLU(),
        nn.Linear(64, 64),
        nn.Unflatten(1, (1, 8, 8)),
    ).double()


def latents(batch=12):
    return torch.randn(batch, 5, dtype=torch.float64)
