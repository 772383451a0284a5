"""Image GANs: noise to images, against a discriminator of images.

`build_image_gan(config)` gives a `Step`: networks, optimisers, images and a method. The loop of
`onestage.training` steps it, and so can you, one game at a time or several in turn:

```python
game = build_image_gan(build_config({"steps": 100, "method": "two-stage-tuned"}))
measured = game.step()          # 0-dim tensors: losses, D's mean scores
images = game.samples()         # [64, C, H, W] from the averaged generator
```

The method is the only thing in which the three kinds of run differ (the package
`methods` in here): networks, loss, penalties, optimisers, images and noise are the same objects.
"""

from onestage.apps.image_gan._build import build_image_gan
from onestage.apps.image_gan._evaluate import evaluate_generator
from onestage.apps.image_gan._generate import generate, load_generator
from onestage.apps.image_gan._networks import build_discriminator, build_generator
from onestage.apps.image_gan._step import ImageGANStep

__all__ = [
    "ImageGANStep",
    "build_discriminator",
    "build_generator",
    "build_image_gan",
    "evaluate_generator",
    "generate",
    "load_generator",
]
