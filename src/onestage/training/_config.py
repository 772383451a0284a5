"""The settings of a run, as frozen dataclasses that check themselves.

Fields without a default are the recipe's business: what is good for them depends on the images
(`onestage.training.recipes`). `build_config` puts the two together.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, get_type_hints

from onestage.losses import LOSSES
from onestage.training._convert import ConfigError, convert, option_name, suggest

Method = Literal["one-stage", "two-stage-tuned", "two-stage-naive"]
Strategy = Literal["auto", "reversal", "ratio", "dual"]
Optimizer = Literal["adam", "optimistic-adam"]
Norm = Literal["batch", "group", "none"]
Precision = Literal["fp32", "bf16"]

_IMAGE_SIZES = (16, 32, 64, 128)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What all groups of settings share: every field is converted to its type, or refused."""

    group: ClassVar[str] = ""

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for entry in fields(self):
            hint, value = hints[entry.name], getattr(self, entry.name)
            if isinstance(hint, type) and issubclass(hint, Settings):
                self.check(entry.name, isinstance(value, hint), f"a {hint.__name__}")
            else:
                object.__setattr__(self, entry.name, convert(value, hint, self.option(entry.name)))
        self.validate()

    def validate(self) -> None:
        """Raise `ConfigError` for values that cannot be used."""

    def option(self, name: str) -> str:
        """A field's name as on the command line."""
        return option_name(f"{self.group}.{name}" if self.group else name)

    def check(self, name: str, holds: bool, must_be: str) -> None:
        """Raise `ConfigError` if a condition on the field `name` does not hold."""
        if not holds:
            value: Any = getattr(self, name)
            raise ConfigError(f"{self.option(name)} is {value!r}: it must be {must_be}.")


@dataclass(frozen=True, kw_only=True)
class DataConfig(Settings):
    """Which images are learnt."""

    group: ClassVar[str] = "data"

    source: str = "digits"
    """The images: digits, photographs, or a folder of image files (folders within it are read)."""
    flip: bool
    """Show each image mirrored left to right half of the time."""
    channels: int | None = None
    """1 for grey, 3 for colour; unset, what the images have."""
    workers: int = 0
    """Processes that read images besides the main one."""

    def validate(self) -> None:
        """See `Settings`."""
        self.check("source", bool(self.source.strip()), "digits, photographs or a folder")
        self.check("channels", self.channels in (None, 1, 3), "1 (grey) or 3 (colour)")
        self.check("workers", self.workers >= 0, "0 or more")


@dataclass(frozen=True, kw_only=True)
class PlayerConfig(Settings):
    """A network and its optimiser: what G and D have in common."""

    learning_rate: float
    """Adam's learning rate."""
    beta1: float
    """Adam's momentum; one stage wants less of it than two."""
    beta2: float
    """Adam's decay of squared gradients."""
    weight_decay: float = 0.0
    """L2 penalty that Adam adds to the gradients."""
    optimizer: Optimizer
    """adam, or optimistic-adam, which extrapolates each update against its predecessor."""
    optimism: float = 1.0
    """Strength of optimistic-adam's extrapolation; 0 is Adam."""
    base_width: int
    """Channels next to the image; the network widens from there."""
    norm: Norm
    """Normalisation between the layers."""

    def validate(self) -> None:
        """See `Settings`."""
        self.check("learning_rate", self.learning_rate > 0, "above 0, such as 2e-4")
        for name in ("beta1", "beta2"):
            self.check(name, 0 <= getattr(self, name) < 1, "at least 0 and below 1")
        for name in ("weight_decay", "optimism"):
            self.check(name, getattr(self, name) >= 0, "0 or more")
        self.check("base_width", self.base_width >= 1, "at least 1")


@dataclass(frozen=True, kw_only=True)
class GeneratorConfig(PlayerConfig):
    """The generator and its optimiser."""

    group: ClassVar[str] = "generator"

    latent_dim: int
    """Length of the noise vector that an image is made from."""

    def validate(self) -> None:
        """See `Settings`."""
        super().validate()
        self.check("latent_dim", self.latent_dim >= 1, "at least 1")


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
    """Terms added to the discriminator's loss."""

    group: ClassVar[str] = "penalties"

    r1: float
    """Weight gamma of R1, gamma/2 E ||grad_x D(x)||^2 on real images; 0 turns it off."""
    r1_every: int = 1
    """Apply R1 on every k-th step, k times as strong: cheaper."""

    def validate(self) -> None:
        """See `Settings`."""
        self.check("r1", self.r1 >= 0, "0 (off) or more")
        self.check("r1_every", self.r1_every >= 1, "at least 1")


@dataclass(frozen=True, kw_only=True)
class TrainConfig(Settings):
    """Everything that decides how a run goes."""

    steps: int
    """Training steps in all; one step shows each network one batch."""
    batch_size: int
    """Images per step."""
    seed: int = 0
    """Decides the weights to begin with, the order of the images and the noise."""
    loss: str
    """The adversarial loss."""
    method: Method = "one-stage"
    """one-stage, or one of the alternating schemes that it is compared with."""
    strategy: Strategy = "auto"
    """How one stage gets the generator's gradient; auto takes the cheapest exact way."""
    image_size: int
    """Height and width of the images in pixels."""
    device: str = "auto"
    """cpu, cuda, cuda:1 ...; auto is the GPU where there is one."""
    precision: Precision = "fp32"
    """bf16 runs the networks under bfloat16 autocast."""
    threads: int | None = None
    """CPU threads; unset, PyTorch's choice. One number of threads gives one set of bits."""
    ema_decay: float
    """Decay per step of the averaged generator that samples are made with."""
    log_every: int = 50
    """Steps between two lines of metrics.jsonl."""
    sample_every: int
    """Steps between two grids of samples; 0: only at the end."""
    evaluate_every: int = 0
    """Steps between two evaluations; 0: only at the end."""
    evaluate_samples: int = 2000
    """Images per evaluation; 0: none."""
    checkpoint_every: int
    """Steps between two checkpoints; 0: only at the end."""
    keep_checkpoints: int = 2
    """How many checkpoints are kept."""
    data: DataConfig
    generator: GeneratorConfig
    discriminator: DiscriminatorConfig
    penalties: PenaltyConfig

    def validate(self) -> None:
        """See `Settings`."""
        loss = self.loss.replace("-", "_")
        if loss not in LOSSES:
            raise ConfigError(f"loss is {self.loss!r}. {suggest(loss, LOSSES)}")
        object.__setattr__(self, "loss", loss)
        for name in ("steps", "batch_size", "log_every", "keep_checkpoints"):
            self.check(name, getattr(self, name) >= 1, "at least 1")
        for name in ("sample_every", "checkpoint_every", "evaluate_every", "evaluate_samples"):
            self.check(name, getattr(self, name) >= 0, "0 or more")
        self.check("evaluate_samples", self.evaluate_samples != 1, "0 (none) or at least 2")
        self.check("seed", 0 <= self.seed < 2**63, "0 or more, below 2**63")
        self.check("image_size", self.image_size in _IMAGE_SIZES, "16, 32, 64 or 128")
        self.check("ema_decay", 0 <= self.ema_decay < 1, "at least 0 and below 1")
        self.check("threads", self.threads is None or self.threads >= 1, "at least 1")
