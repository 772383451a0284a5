"""A GAN as a `Step`, whatever it learns.

`assemble` puts a generator, a discriminator and a `Task` together by the settings: optimisers,
loss, penalties, augmentation, the averaged generator, and one of the `methods` by which both
networks are updated. A task knows the data: batches, how G is asked for a sample, the picture, the
metrics. `onestage.apps.image_gan` and `onestage.apps.points` are tasks.
"""

from onestage.apps.gan._assemble import assemble, resolve_device
from onestage.apps.gan._latents import draw_latents, select_latents, truncate
from onestage.apps.gan._layout import settle_format
from onestage.apps.gan._loading import load_batches
from onestage.apps.gan._players import Batch, Players
from onestage.apps.gan._selection import Selection
from onestage.apps.gan._step import GANStep
from onestage.apps.gan._task import Task

__all__ = [
    "Batch",
    "GANStep",
    "Players",
    "Selection",
    "Task",
    "assemble",
    "draw_latents",
    "load_batches",
    "resolve_device",
    "select_latents",
    "settle_format",
    "truncate",
]
