"""Augmentation that a discriminator trains through, for those who have few images.

With few images D learns them by heart: its logits on the training images drift away from those on
unseen ones, and G's gradients lose their meaning. Here D sees every image, real or fake, through a
random transformation, of its own at every look. D is `Augmented(discriminator, augmentation)`, and
the game is played as ever:

    discriminator = Augmented(discriminator, DiffAugment())
    game = OneStage(discriminator, "nonsaturating", penalties=[R1(1.0)])

Which one:

* `DiffAugment`: three transformations at a fixed, full strength (Zhao et al., NeurIPS 2020). For
  some hundred to a few thousand images. Nothing to tune, nothing to call.
* `AdaptiveAugment`: eleven transformations, each with a probability p that follows how far D
  overfits (ADA, Karras et al., NeurIPS 2020). For a number of images of which one does not know
  whether it is few: where it is not, p stays near 0. Call `update` once in every step:

      augmentation = AdaptiveAugment()
      game = OneStage(Augmented(discriminator, augmentation), "nonsaturating", penalties=[R1(1.0)])
      ...
      step = game.backward(real, fake)
      augmentation.update(step.real_outputs)

With much data augmentation that cannot fade out may cost quality (ADA's authors saw it with 140,000
faces); `AdaptiveAugment` then fades out by itself.

Leaks. G is meant to learn the images, not their transformations. A transformation that can be
undone in distribution does not leak, and what is applied with p < 1 mostly can; ADA's authors found
leaks unlikely below p = 0.8, and `max_p=0.8` keeps to that. A transformation under which images
are as likely as before cannot leak; one under which they look plausible but differ (upright faces
turned round, text mirrored, a fixed palette) is the first to: leave its group out of the policy.

One stage. The fakes go through D once for both players, so that both see the same draw by
construction; two stages would draw twice. Each sample draws for itself and no batch statistics are
taken, so that D's samples stay independent, and the ratio exact. The penalties look through the
augmentation: their gradient is taken at the images as they were before it, as in StyleGAN2-ADA, so
everything here has a second derivative: `torch.nn.functional.grid_sample` has none, and the
sampling is made of gathers instead.

Random numbers are torch's global ones of the images' device, as for dropout, or those of a
`generator`: the seeds of the loop around decide, and how many are drawn does not depend on p. In
`eval()` images pass unchanged, as with dropout. Nothing makes the host wait.

Arithmetic is in float32 at least and the result has the images' type. Images are [B, C, H, W] with
0 in the middle of their range, [-1, 1]; grey and RGB, and any other C where the policy leaves
colours alone (`DiffAugment` takes any).

This room imports torch and one helper beside it.
"""

from onestage.augment._adaptive import AdaptiveAugment
from onestage.augment._augmented import Augmented
from onestage.augment._diff_augment import DiffAugment

__all__ = ["AdaptiveAugment", "Augmented", "DiffAugment"]
