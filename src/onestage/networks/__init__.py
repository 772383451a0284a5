"""Networks: generators and discriminators that are ready to train.

They are ordinary `torch.nn.Module` objects that import torch and nothing else, and the engine
treats them as it treats any other network. What matters to it is how the discriminator looks at
its samples: *each sample alone, with one logit* (the per-sample ratio is exact, and with R2 the
shared penalty), or *coupled* or *many logits* (it is not). The reversal, where a loss declares it,
and the dual are exact with all of them. The planner finds out by itself; this is what it finds:

| discriminator | logits | reversal | ratio, shared_penalty | dual |
|---|---|---|---|---|
| `DCGANDiscriminator`, `CGANDiscriminator`, `norm="group"`, `"none"` | [B] | yes | yes | yes |
| `DCGANDiscriminator`, `CGANDiscriminator`, `norm="batch"` | [B] | yes | no: coupled | yes |
| `SNGANDiscriminator`, `ProjectionDiscriminator` | [B] | yes | yes | yes |
| `R3GANDiscriminator` | [B] | yes | yes | yes |
| `MLPDiscriminator` | [B] | yes | yes | yes |
| `PatchDiscriminator` | [B, 1, h, w] | yes | no: many logits | yes |
| `MultiScaleDiscriminator` | list of maps | yes | no: many logits | yes |
| `VocoderDiscriminator` | list of dicts | yes | no: many logits | yes |

No strategy depends on the generator, nor on its normalisation.

* `DCGANGenerator`, `DCGANDiscriminator`: Radford et al., ICLR 2016; 16 to 128 pixels.
* `SNGANGenerator`, `SNGANDiscriminator`: residual blocks and spectral normalisation, Miyato et
  al., ICLR 2018; 16 to 128 pixels.
* `CGANGenerator`, `CGANDiscriminator`: DCGAN with labels by concatenation, Mirza and Osindero
  2014. `D(images, labels)`, `G(latents, labels)`.
* `ProjectionGenerator`, `ProjectionDiscriminator`: SNGAN with labels by projection, Miyato and
  Koyama, ICLR 2018. Called like CGAN.
* `PatchDiscriminator`, `MultiScaleDiscriminator`: patches at one scale (pix2pix, Isola et al.,
  CVPR 2017) or several (pix2pixHD, Wang et al., CVPR 2018), with or without a condition.
* `UNetGenerator`: images to images, with `PatchDiscriminator` pix2pix; 16 to 256 pixels.
* `R3GANGenerator`, `R3GANDiscriminator`: grouped residual blocks without normalisation, Huang et
  al., NeurIPS 2024; 16 to 256 pixels.
* `MLPGenerator`, `MLPDiscriminator`: points in the plane and other vectors.
* `VocoderGenerator`, `VocoderDiscriminator`: spectrograms to waveforms and heads for periods and
  scales, HiFi-GAN, Kong et al., NeurIPS 2020. `head_logits` is the `logits=` of a loss with it,
  `head_features` what feature matching compares.

Classifiers, as teachers and students of data-free distillation: `LeNet5` (32 x 32 pixels, each
sample alone) and `ResNetClassifier` (ResNet-18 and -34 for small images; coupled by BatchNorm).
"""

from onestage.networks._cgan import CGANDiscriminator, CGANGenerator
from onestage.networks._dcgan import DCGANDiscriminator, DCGANGenerator
from onestage.networks._lenet import LeNet5
from onestage.networks._mlp import MLPDiscriminator, MLPGenerator
from onestage.networks._norm import Norm
from onestage.networks._patch import MultiScaleDiscriminator, PatchDiscriminator, PatchNorm
from onestage.networks._projection import ProjectionDiscriminator, ProjectionGenerator
from onestage.networks._r3gan import R3GANDiscriminator, R3GANGenerator
from onestage.networks._resnet_classifier import ResNetClassifier
from onestage.networks._sngan import SNGANDiscriminator, SNGANGenerator
from onestage.networks._unet import UNetGenerator
from onestage.networks._vocoder import VocoderGenerator
from onestage.networks._vocoder_heads import VocoderDiscriminator, head_features, head_logits

__all__ = [
    "CGANDiscriminator",
    "CGANGenerator",
    "DCGANDiscriminator",
    "DCGANGenerator",
    "LeNet5",
    "MLPDiscriminator",
    "MLPGenerator",
    "MultiScaleDiscriminator",
    "Norm",
    "PatchDiscriminator",
    "PatchNorm",
    "ProjectionDiscriminator",
    "ProjectionGenerator",
    "R3GANDiscriminator",
    "R3GANGenerator",
    "ResNetClassifier",
    "SNGANDiscriminator",
    "SNGANGenerator",
    "UNetGenerator",
    "VocoderDiscriminator",
    "VocoderGenerator",
    "head_features",
    "head_logits",
]
