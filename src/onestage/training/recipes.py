"""The recipes: what a run uses where the user says nothing.

This is the one place to tune. `DIGITS` is the demonstration's recipe, found by experiment on
scikit-learn's 8 x 8 digits; its rates suit small, simple images. `image_recipe` is for everything
else and follows the literature:

* networks, batch, learning rate 2e-4 and beta1 = 0.5: DCGAN (Radford et al., ICLR 2016), with
  beta2 = 0.99 as the StyleGAN family has it;
* one stage updates both players at once, which with this much momentum needs optimistic steps
  (Daskalakis et al., ICLR 2018); the two-stage methods take plain Adam;
* R1's weight by `r1_weight` below;
* an average of the generator over about a thousand steps (decay 0.999).
"""

from __future__ import annotations

from typing import Any

DIGITS: dict[str, Any] = {
    "steps": 1000,
    "batch_size": 64,
    "loss": "nonsaturating",
    "image_size": 16,
    "ema_decay": 0.995,
    "sample_every": 200,
    "checkpoint_every": 250,
    "data": {"flip": False},
    "generator": {
        "learning_rate": 1e-3,
        "beta1": 0.25,
        "beta2": 0.99,
        "optimizer": "adam",
        "base_width": 32,
        "latent_dim": 64,
        "norm": "batch",
    },
    "discriminator": {
        "learning_rate": 1e-3,
        "beta1": 0.25,
        "beta2": 0.99,
        "optimizer": "adam",
        "base_width": 32,
        "norm": "none",
    },
    "penalties": {"r1": 1.0},
}


def r1_weight(image_size: int, batch_size: int) -> float:
    """R1's gamma by resolution: 10 at 64 x 64 with a batch of 64, growing with the pixels.

    gamma = 10 (image_size / 64)^2 (64 / batch_size). The 10 is that of Mescheder et al. (ICML
    2018); the scaling, by image_size^2 / batch_size, that of StyleGAN2-ADA's automatic
    configuration (Karras et al., NeurIPS 2020). That one's factor of 0.0002 gives 0.0128 here and
    is made for another architecture: on 64 x 64 crops of photographs (4,000 steps, one seed) the
    Frechet distance on 8 x 8 pixels was 49 with 0.0128, 99 with 0.1, 41 with 1 and 11 with 10.
    """
    return 10.0 * (image_size / 64) ** 2 * (64 / batch_size)


def image_recipe(
    *, image_size: int = 64, batch_size: int = 64, alternating: bool
) -> dict[str, Any]:
    """The recipe for images of the user's own.

    Args:
        image_size: height and width in pixels; scales R1.
        batch_size: images per step; scales R1.
        alternating: whether the method updates the players in turn.
    """
    adam = {
        "learning_rate": 2e-4,
        "beta1": 0.5,
        "beta2": 0.99,
        "optimizer": "adam" if alternating else "optimistic-adam",
        "base_width": 64,
    }
    return {
        "steps": 20_000,
        "batch_size": batch_size,
        "loss": "nonsaturating",
        "image_size": image_size,
        "ema_decay": 0.999,
        "sample_every": 500,
        "checkpoint_every": 1000,
        "data": {"flip": True},
        "generator": {**adam, "latent_dim": 100, "norm": "batch"},
        "discriminator": {**adam, "norm": "group"},
        "penalties": {"r1": r1_weight(image_size, batch_size)},
    }
