"""Networks: generators and discriminators that are ready to train.

They are ordinary `torch.nn.Module` objects that import torch and nothing else, and the engine
treats them as it treats any other network. What matters to it is whether the discriminator looks
at each sample by itself:

* `norm="group"` and `norm="none"`: each sample alone. Every strategy is exact; with a loss that
  gives one logit per sample the planner takes the per-sample ratio, or the reversal where the loss
  declares it.
* `norm="batch"`: samples are coupled in train mode. The reversal and the dual are exact, the ratio
  is not, and the planner does not take it.

The generator's normalisation is free: no strategy depends on it.

* `DCGANGenerator`, `DCGANDiscriminator`: Radford et al., ICLR 2016, for images of 16 to 128 pixels.
"""

from ._dcgan import DCGANDiscriminator, DCGANGenerator
from ._norm import Norm

__all__ = ["DCGANDiscriminator", "DCGANGenerator", "Norm"]
