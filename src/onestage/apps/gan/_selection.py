"""Which samples a picture shows."""

from __future__ import annotations

from dataclasses import dataclass

from onestage.training import ConfigError


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which samples a picture shows; by default those of a run's own pictures.

    Raises:
        ConfigError: for a number that is too small. One line.
    """

    count: int | None = None
    """Samples, or rows of an interpolation; None for as many as can be taken in."""
    seed: int | None = None
    """Which; None for those of the run's own pictures."""
    classes: tuple[int, ...] = ()
    """Labels that are shown; by default all."""
    truncation: float | None = None
    """Threshold of the truncated normal that latents come from; None for the normal."""
    steps: int | None = None
    """Images of each row, which goes from one sample to the next; None for samples alone."""

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        for name, value, least in (("count", self.count, 1), ("interpolate", self.steps, 2)):
            if value is not None and value < least:
                raise ConfigError(f"--{name} is {value}: it must be at least {least}.")
        if self.truncation is not None and self.truncation <= 0:
            raise ConfigError(
                f"--truncation is {self.truncation}: it must be above 0, such as 0.7."
            )

    def random(self, seed: int) -> tuple[int, str]:
        """The seed and the stream that samples come from; a run's own pictures have its seed."""
        return (seed, "grid") if self.seed is None else (self.seed, "samples")

    def refuse(self, *names: str, because: str) -> None:
        """Raise `ConfigError` if one of these is asked for of samples that cannot have it."""
        asked = {
            "classes": self.classes,
            "truncation": self.truncation,
            "interpolate": self.steps,
        }
        for name in names:
            if asked[name]:
                raise ConfigError(f"--{name} is given, and {because}; leave it out.")
