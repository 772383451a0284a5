"""Images in tars that are no sample's."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Unused:
    """Members that end as images do and are not used.

    Attributes:
        number: how many there are.
        names: those of the first few.
    """

    number: int
    names: tuple[str, ...]

    def __str__(self) -> str:
        """One clause; empty if there are none."""
        if not self.number:
            return ""
        images = "1 image is" if self.number == 1 else f"{self.number:,} images are"
        more = self.number - len(self.names)
        named = ", ".join(self.names) + (f", and {more:,} more" if more else "")
        return (
            f"{images} not used ({named}): members whose names are the same up to the first dot "
            "are one sample, which has one image"
        )
