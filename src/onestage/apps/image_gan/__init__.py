"""Image GANs: noise to images, against a discriminator of images.

`build_image_gan(config)` gives a `Step`: networks, optimisers, images and a method. The loop of
`onestage.training` steps it, and so can you, one game at a time or several in turn:

    game = build_image_gan(build_config({"steps": 100, "method": "two-stage-tuned"}))
    measured = game.step()          # 0-dim tensors: losses, D's mean scores
    game.draw(Path("grid.png"))     # 64 images from the averaged generator

Both networks may be told something of each image (`data.condition`): its label (class-conditional
GANs), or a part of the image that is to be completed (pix2pix): its upper half, its grey values, a
quarter of its size.

The method is the only thing in which the three kinds of run differ (`onestage.apps.gan.methods`):
networks, loss, penalties, optimisers, images and noise are the same objects.
"""

from onestage.apps.image_gan._build import build_image_gan
from onestage.apps.image_gan._evaluate import evaluate_generator
from onestage.apps.image_gan._generate import generate
from onestage.apps.image_gan._networks import build_discriminator, build_generator
from onestage.apps.image_gan._source import read_source
from onestage.apps.image_gan._task import ImageTask

__all__ = [
    "ImageTask",
    "build_discriminator",
    "build_generator",
    "build_image_gan",
    "evaluate_generator",
    "generate",
    "read_source",
]
