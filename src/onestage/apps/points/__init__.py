"""Points in the plane: a GAN small enough to watch losing modes, or not.

`build_points_gan(config)` gives a `Step` for the source `ring`, eight Gaussians on a circle. Its
picture shows real and generated points, its metrics count the modes.
"""

from onestage.apps.points._build import build_points_gan, build_points_generator
from onestage.apps.points._task import PointsTask, generate_points

__all__ = ["PointsTask", "build_points_gan", "build_points_generator", "generate_points"]
