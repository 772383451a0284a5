"""LeNet-5, as published distillation experiments have it."""

from torch import Tensor, nn

from onestage.networks._checks import check_positive

_WIDTHS = (6, 16, 120, 84)
_SIZE = 32


class LeNet5(nn.Module):
    """LeNet-5 (LeCun et al. 1998) with ReLU and maximum pooling, for images of 32 x 32 pixels.

    The classifier of the MNIST experiments of DAFL (Chen et al., ICCV 2019) and DFAD (Fang et al.
    2019), the student being the one of half its width. It looks at each sample alone.

    Args:
        channels: channels of the images.
        num_classes: length of the logits.
        divisor: what all widths (6, 16, 120, 84) are divided by; 2 is the published student.

    Raises:
        ValueError: if an argument is below 1, or leaves a layer without a unit.
    """

    def __init__(self, *, channels: int = 1, num_classes: int = 10, divisor: int = 1) -> None:
        super().__init__()
        check_positive(channels=channels, num_classes=num_classes, divisor=divisor)
        first, second, third, hidden = (width // divisor for width in _WIDTHS)
        check_positive(width=first)
        self._image_shape = (channels, _SIZE, _SIZE)
        self.features = nn.Sequential(
            nn.Conv2d(channels, first, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(first, second, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(second, third, 5),
            nn.ReLU(),
            nn.Flatten(),
        )
        self.head = nn.Sequential(
            nn.Linear(third, hidden), nn.ReLU(), nn.Linear(hidden, num_classes)
        )

    def forward(self, images: Tensor) -> Tensor:
        """Logits [B, num_classes] of images [B, channels, 32, 32]."""
        if tuple(images.shape[1:]) != self._image_shape:
            raise ValueError(
                f"images of shape {list(images.shape)} do not fit LeNet-5; give "
                f"[batch, {', '.join(map(str, self._image_shape))}]."
            )
        return self.head(self.features(images))
