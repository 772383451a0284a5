"""Residual classifiers for small images."""

from typing import Literal

from torch import Tensor, nn

from onestage.networks._checks import check_positive

Depth = Literal[18, 34]

_BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3)}


class _Block(nn.Module):
    """relu(x + BN(conv(relu(BN(conv(x)))))); a 1 x 1 convolution where x has another shape."""

    def __init__(self, in_width: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_width, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.downsample: nn.Module = nn.Identity()
        if stride != 1 or in_width != width:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_width, width, 1, stride, bias=False), nn.BatchNorm2d(width)
            )

    def forward(self, x: Tensor) -> Tensor:
        """Maps [B, width, H / stride, W / stride] from maps [B, in_width, H, W]."""
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + self.downsample(x))


class ResNetClassifier(nn.Module):
    """ResNet-18 or -34 (He et al., CVPR 2016) for images of 32 x 32 pixels or so.

    The first layer is a 3 x 3 convolution of stride 1 without pooling, so that the smallest map of
    an image of 32 pixels is 4 x 4: the networks of the CIFAR experiments of DAFL and DFAD. Names
    of the weights are torchvision's. BatchNorm couples the samples in train mode.

    Args:
        depth: 18 or 34 layers.
        channels: channels of the images.
        num_classes: length of the logits.
        base_width: channels of the first map; the last has eight times as many.

    Raises:
        ValueError: if an argument has no meaning for this network.
    """

    def __init__(
        self,
        *,
        depth: Depth = 18,
        channels: int = 3,
        num_classes: int = 10,
        base_width: int = 64,
    ) -> None:
        super().__init__()
        check_positive(channels=channels, num_classes=num_classes, base_width=base_width)
        if depth not in _BLOCKS:
            raise ValueError(f"depth={depth} is no ResNet of basic blocks here; give 18 or 34.")
        self.conv1 = nn.Conv2d(channels, base_width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(base_width)
        self.relu = nn.ReLU()
        widths = [base_width * 2**level for level in range(4)]
        before = [base_width, *widths]
        stages = [
            _stage(before[level], widths[level], blocks, stride=1 if level == 0 else 2)
            for level, blocks in enumerate(_BLOCKS[depth])
        ]
        self.layer1, self.layer2, self.layer3, self.layer4 = stages
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(widths[-1], num_classes)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:
        """Logits [B, num_classes] of images [B, channels, H, W]."""
        x = self.relu(self.bn1(self.conv1(images)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.pool(x).flatten(1))


def _stage(in_width: int, width: int, blocks: int, stride: int) -> nn.Sequential:
    first = _Block(in_width, width, stride)
    return nn.Sequential(first, *(_Block(width, width, 1) for _ in range(blocks - 1)))
