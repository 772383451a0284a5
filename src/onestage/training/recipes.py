"""The recipes: what a run uses where the user says nothing.

This is the one place to tune. `digits_recipe` is the demonstration's recipe, found by experiment on
scikit-learn's 8 x 8 digits (seeds 10 to 12; Frechet distance of 2,000 images after 2,000 steps,
one stage / the tuned two stages):

* group normalisation in both networks was the largest gain (2.0 -> 1.2 after 1,500 steps), then a
  discriminator twice as fast as the generator and a lighter R1 (0.3 instead of 1); R1 on every
  fourth step costs little per step (1.8 -> 2.0 after 1,000) and saves nearly a third of the time;
* half-optimistic steps at beta1 = 0.25 were a little ahead of plain Adam at 0 or 0.25 and of fully
  optimistic steps at 0.5; hinge was no better than the non-saturating loss;
* the order of updates matters less the smaller they are. At these rates the two schemes are level
  (0.91 / 0.85, 1.00 / 1.06, seeds 10 and 12). At twice the rates both are better and alternating is
  sometimes ahead (0.74 / 0.81, 0.89 / 0.65), at three times it is ahead (0.74 / 0.55, 0.76 / 0.60,
  0.62 / 0.62, seeds 10 to 12).

`image_recipe` is for all other images and follows the literature:

* networks, batch, learning rate 2e-4 and beta1 = 0.5: DCGAN (Radford et al., ICLR 2016), with
  beta2 = 0.99 as the StyleGAN family has it;
* one stage updates both players at once, which with this much momentum needs optimistic steps
  (Daskalakis et al., ICLR 2018); the two-stage methods take plain Adam;
* R1's weight by `r1_weight` below;
* an average of the generator over about a thousand steps (decay 0.999).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# The networks that leave the choice of a normalisation to their user.
_NORMALISED = ("dcgan", "cgan")


def recipe(settings: Mapping[str, Any], *, alternating: bool) -> dict[str, Any]:
    """The recipe that fits what the settings say of the source, the size and the networks.

    Args:
        settings: nested, with known keys and values of the declared types.
        alternating: whether the method updates the players in turn.
    """
    source = settings.get("data", {}).get("source", "digits")
    networks = settings.get("networks", "dcgan")
    if source == "digits":
        return digits_recipe(networks)
    sizes = {key: settings[key] for key in ("image_size", "batch_size") if settings.get(key)}
    if any(size < 1 for size in sizes.values()):
        sizes = {}  # refused below, with the field's own message
    return image_recipe(**sizes, networks=networks, alternating=alternating)


def digits_recipe(networks: str = "dcgan") -> dict[str, Any]:
    """The demonstration's recipe, for the networks named."""
    norm = "group" if networks in _NORMALISED else None
    adam = {"beta1": 0.25, "beta2": 0.99, "optimism": 0.5, "base_width": 32, "norm": norm}
    return {
        "steps": 2000,
        "batch_size": 64,
        "loss": "nonsaturating",
        "image_size": 16,
        # Layers this small gain little from a second thread, and on a busy machine the threads
        # wait for each other: 55 images per second instead of 3,000 were seen.
        "threads": 1,
        "ema_decay": 0.995,
        "sample_every": 250,
        "checkpoint_every": 500,
        "data": {"flip": False},
        "generator": {**adam, "learning_rate": 5e-4, "latent_dim": 64},
        "discriminator": {**adam, "learning_rate": 1e-3},
        "penalties": {"r1": 0.3, "r1_every": 4},
    }


def r1_weight(image_size: int, batch_size: int) -> float:
    """R1's gamma by resolution: 10 at 64 x 64 with a batch of 64, growing with the pixels.

    gamma = 10 (image_size / 64)^2 (64 / batch_size). The 10 is that of Mescheder et al. (ICML
    2018); the scaling, by image_size^2 / batch_size, that of StyleGAN2-ADA's automatic
    configuration (Karras et al., NeurIPS 2020). That one's factor of 0.0002 gives 0.0128 here and
    is made for another architecture: on 64 x 64 crops of photographs (4,000 steps, one seed) the
    Frechet distance on 8 x 8 pixels was 49 with 0.0128, 99 with 0.1, 41 with 1 and 11 with 10.
    `docs/your-own-images.md` has the trials on other seeds and at another size.
    """
    return 10.0 * (image_size / 64) ** 2 * (64 / batch_size)


def image_recipe(
    *, image_size: int = 64, batch_size: int = 64, networks: str = "dcgan", alternating: bool
) -> dict[str, Any]:
    """The recipe for images of the user's own.

    Args:
        image_size: height and width in pixels; scales R1.
        batch_size: images per step; scales R1.
        networks: their name.
        alternating: whether the method updates the players in turn.
    """
    adam = {
        "learning_rate": 2e-4,
        "beta1": 0.5,
        "beta2": 0.99,
        "optimism": 0.0 if alternating else 1.0,
    }
    has_norm = networks in _NORMALISED
    return {
        "steps": 20_000,
        "batch_size": batch_size,
        "loss": "nonsaturating",
        "image_size": image_size,
        "ema_decay": 0.999,
        "sample_every": 500,
        "checkpoint_every": 1000,
        "data": {"flip": True},
        "generator": {**adam, "latent_dim": 100, "norm": "batch" if has_norm else None},
        "discriminator": {**adam, "norm": "group" if has_norm else None},
        "penalties": {"r1": r1_weight(image_size, batch_size)},
    }
