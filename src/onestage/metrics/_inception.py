"""Inception-v3 as FID has it."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from onestage.metrics._inception_blocks import BlockA, BlockB, BlockC, BlockD, BlockE, Convolution

_SIZE = 299
_NUM_FEATURES = 2048
_NUM_OUTPUTS = 1008
_AT_A_TIME = 32  # 100 MB of the largest activations in float32


class InceptionFeatures(nn.Module):
    """The network of FID: Inception-v3 up to its last pooling.

    Szegedy et al., CVPR 2016 (arXiv 1512.00567), in the variant of the TensorFlow graph of
    2015-12-05 that FID was defined with: averages leave the border out, and the last block pools by
    maximum. Images are resized to 299 x 299, bilinear and not antialiased, and taken in [-1, 1];
    grey ones are given three equal channels. Its parameters have the names and shapes of the
    weights that `load_inception` reads.

    With random weights its features are those of torch-fidelity's network, which a test holds them
    against where that package is installed. Not measured: figures with the weights themselves,
    which could not be had where this was written. Implementations resize in different ways: this
    one as pytorch-fid does, torch-fidelity as the graph did, from the pixels' corners.

    Attributes:
        name: name in records.
        version: of this code: features kept on disk are of one version.
        num_features: length of a feature vector.
        resize: what is done to images, in words.
    """

    name = "inception-v3-2015-12-05"
    version = 1
    num_features = _NUM_FEATURES
    resize = f"bilinear, to {_SIZE} x {_SIZE}"

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = Convolution(3, 32, 3, stride=2)
        self.Conv2d_2a_3x3 = Convolution(32, 32, 3)
        self.Conv2d_2b_3x3 = Convolution(32, 64, 3, padding=1)
        self.Conv2d_3b_1x1 = Convolution(64, 80, 1)
        self.Conv2d_4a_3x3 = Convolution(80, 192, 3)
        self.Mixed_5b = BlockA(192, 32)
        self.Mixed_5c = BlockA(256, 64)
        self.Mixed_5d = BlockA(288, 64)
        self.Mixed_6a = BlockB(288)
        self.Mixed_6b = BlockC(768, 128)
        self.Mixed_6c = BlockC(768, 160)
        self.Mixed_6d = BlockC(768, 160)
        self.Mixed_6e = BlockC(768, 192)
        self.Mixed_7a = BlockD(768)
        self.Mixed_7b = BlockE(1280, pool_max=False)
        self.Mixed_7c = BlockE(2048, pool_max=True)
        self.fc = nn.Linear(_NUM_FEATURES, _NUM_OUTPUTS)  # not used; the weights have it

    def forward(self, images: Tensor) -> Tensor:
        """Features [N, 2048] of images [N, 1 or 3, H, W] in [-1, 1]."""
        if images.ndim != 4 or images.shape[1] not in (1, 3):
            raise ValueError(
                f"Inception cannot take images of shape {list(images.shape)}; give "
                "[batch, 1 or 3, height, width]."
            )
        return torch.cat([self._features(part) for part in images.split(_AT_A_TIME)])

    def _features(self, images: Tensor) -> Tensor:
        x = F.interpolate(images, [_SIZE, _SIZE], mode="bilinear", align_corners=False)
        x = self._stem(x.expand(-1, 3, -1, -1))
        x = self.Mixed_5d(self.Mixed_5c(self.Mixed_5b(x)))
        x = self.Mixed_6c(self.Mixed_6b(self.Mixed_6a(x)))
        x = self.Mixed_7a(self.Mixed_6e(self.Mixed_6d(x)))
        return self.Mixed_7c(self.Mixed_7b(x)).mean(dim=(2, 3))

    def _stem(self, x: Tensor) -> Tensor:
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = F.max_pool2d(x, 3, stride=2)
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(x))
        return F.max_pool2d(x, 3, stride=2)
