"""The groups of settings: the data, the two players, what is added to D's loss and to its input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from onestage.training._settings import Settings

Condition = Literal["none", "label", "top-half", "grey", "small"]
Optimizer = Literal["adam", "adamw", "rmsprop", "sgd"]
Norm = Literal["batch", "group", "none"]
Augmentation = Literal["none", "diffaugment", "ada"]


@dataclass(frozen=True, kw_only=True)
class DataConfig(Settings):
    """What is learnt."""

    group: ClassVar[str] = "data"

    source: str = "digits"
    """digits, photographs, ring (points), a folder or zip of images, shards, or hf:owner/name."""
    flip: bool
    """Show each image mirrored left to right half of the time."""
    condition: Condition = "none"
    """What both networks are told of each image: its label, or a part of it to be completed."""
    channels: int | None = None
    """1 for grey, 3 for colour; unset, what the images have."""
    classes: int | None = None
    """Number of labels; unset, as many as the images have."""
    workers: int = 0
    """Processes that read images besides the main one."""
    max_bad: float = 0.01
    """Largest share of unreadable images that is put up with; they are skipped and named."""

    def validate(self) -> None:
        """See `Settings`."""
        self.check("source", bool(self.source.strip()), "digits, ring, a folder ...")
        self.check("channels", self.channels in (None, 1, 3), "1 (grey) or 3 (colour)")
        self.check("classes", self.classes is None or self.classes >= 1, "at least 1")
        self.check_at_least(0, "workers")
        self.check("max_bad", 0 <= self.max_bad < 1, "at least 0 and below 1")


@dataclass(frozen=True, kw_only=True)
class PlayerConfig(Settings):
    """A network and its optimiser: what G and D have in common."""

    learning_rate: float
    """The optimiser's learning rate."""
    beta1: float
    """Momentum; one stage wants less of it than two."""
    beta2: float
    """Decay of squared gradients (Adam, AdamW, RMSprop)."""
    weight_decay: float = 0.0
    """L2 penalty that is added to the gradients; with adamw, decay of the weights themselves."""
    optimizer: Optimizer = "adam"
    """The rule that turns gradients into updates."""
    optimism: float = 0.0
    """Extrapolate each update against its predecessor, so many times; 0 is the optimiser alone."""
    warmup_steps: int = 0
    """Steps in which the learning rate grows to its value in a line."""
    decay_steps: tuple[int, ...] = ()
    """Steps after which the learning rate is multiplied by decay-factor, such as 15000,25000."""
    decay_factor: float = 0.1
    """What the learning rate is multiplied by at each of decay-steps."""
    base_width: int | None = None
    """Channels next to the image; the network widens from there. Unset: the network's own."""
    norm: Norm | None = None
    """Normalisation between the layers, where the network has a choice. Unset: its own."""

    def validate(self) -> None:
        """See `Settings`."""
        self.check("learning_rate", self.learning_rate > 0, "above 0, such as 2e-4")
        for name in ("beta1", "beta2"):
            self.check(name, 0 <= getattr(self, name) < 1, "at least 0 and below 1")
        self.check_at_least(0, "weight_decay", "optimism", "warmup_steps")
        rising = list(self.decay_steps) == sorted(set(self.decay_steps))
        self.check("decay_steps", rising and min(self.decay_steps, default=1) > 0, "rising steps")
        self.check("decay_factor", 0 < self.decay_factor <= 1, "above 0 and at most 1")
        self.check("base_width", self.base_width is None or self.base_width >= 1, "at least 1")


@dataclass(frozen=True, kw_only=True)
class GeneratorConfig(PlayerConfig):
    """The generator and its optimiser."""

    group: ClassVar[str] = "generator"

    latent_dim: int
    """Length of the noise vector that an image is made from."""
    reconstruction: float = 0.0
    """Weight of an L1 term that holds a fake to the real image of its condition (pix2pix: 100)."""

    def validate(self) -> None:
        """See `Settings`."""
        super().validate()
        self.check_at_least(1, "latent_dim")
        self.check_at_least(0, "reconstruction")


@dataclass(frozen=True, kw_only=True)
class DiscriminatorConfig(PlayerConfig):
    """The discriminator and its optimiser."""

    group: ClassVar[str] = "discriminator"

    clip_weights: float = 0.0
    """Clamp D's weights to +- this after each update (Wasserstein: 0.01); 0 leaves them alone."""

    def validate(self) -> None:
        """See `Settings`."""
        super().validate()
        self.check("clip_weights", self.clip_weights >= 0, "0 (off) or more")


@dataclass(frozen=True, kw_only=True)
class PenaltyConfig(Settings):
    """Terms added to the discriminator's loss; a weight of 0 turns one off."""

    group: ClassVar[str] = "penalties"

    r1: float = 0.0
    """Weight gamma of R1, gamma/2 E ||grad_x D(x)||^2 on real images."""
    r1_every: int = 1
    """Apply R1 on every k-th step, k times as strong: cheaper."""
    r2: float = 0.0
    """Weight gamma of R2, the same on fakes; G's part of D is then free."""
    r2_every: int = 1
    """Apply R2 on every k-th step, k times as strong."""
    gradient_penalty: float = 0.0
    """Weight of WGAN-GP's penalty between real and fake (10)."""
    dragan: float = 0.0
    """Weight of DRAGAN's penalty around real images (10)."""
    lecam: float = 0.0
    """Weight of LeCam, which holds D's outputs to running means; for few images."""

    def differentiating(self) -> list[str]:
        """Those that are on and look at a gradient of D, so that D is differentiated twice."""
        return [n for n in ("r1", "r2", "gradient_penalty", "dragan") if getattr(self, n)]

    def validate(self) -> None:
        """See `Settings`."""
        for name in ("r1", "r2", "gradient_penalty", "dragan", "lecam"):
            self.check(name, getattr(self, name) >= 0, "0 (off) or more")
        self.check_at_least(1, "r1_every", "r2_every")


@dataclass(frozen=True, kw_only=True)
class AugmentConfig(Settings):
    """What D's input goes through, real and fake alike; for few images."""

    group: ClassVar[str] = "augment"

    kind: Augmentation = "none"
    """diffaugment, or ada, which augments the more the surer D is of the real images."""
    policy: str | None = None
    """Which transformations: of color,translation,cutout, or for ada of b, g, c. Unset: all."""
    target: float = 0.6
    """What ada holds the mean sign of D's outputs on real images to."""
    ramp_images: int = 500_000
    """Real images in which ada can go from no augmentation to the full one."""

    def validate(self) -> None:
        """See `Settings`."""
        self.check("target", 0 < self.target < 1, "between 0 and 1")
        self.check_at_least(1, "ramp_images")
