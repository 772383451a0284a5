"""Applications: each is a `Step` for the one training loop (`onestage.training`).

* `onestage.apps.image_gan`: unconditional image GANs, by one stage or by either two-stage scheme.
"""
