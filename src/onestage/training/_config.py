"""All settings of a run, as a frozen dataclass that checks itself.

Fields without a default are the recipe's business: what is good for them depends on the data
(`onestage.training.recipes`). `build_config` puts the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from onestage._convert import ConfigError, suggest
from onestage.losses import LOSSES
from onestage.training._groups import (
    AugmentConfig,
    DataConfig,
    DiscriminatorConfig,
    GeneratorConfig,
    PenaltyConfig,
)
from onestage.training._settings import Settings

Method = Literal["one-stage", "two-stage-tuned", "two-stage-naive"]
Strategy = Literal["auto", "reversal", "ratio", "dual"]
Networks = Literal["dcgan", "cgan", "sngan", "projection", "r3gan", "pix2pix", "mlp"]
Scale = Literal["full", "small", "smoke"]
Log = Literal["jsonl", "tensorboard"]
Precision = Literal["fp32", "bf16"]
Parallel = Literal["ddp", "fsdp"]
MemoryFormat = Literal["auto", "contiguous", "channels_last"]


@dataclass(frozen=True, kw_only=True)
class TrainConfig(Settings):
    """Everything that decides how a run goes."""

    preset: str | None = None
    """Begin with the settings of that name; `onestage presets` lists them."""
    scale: Scale = "full"
    """full: the preset as published; small, smoke: on digits within seconds, to look at it."""
    steps: int
    """Training steps in all; one step shows each network one batch."""
    batch_size: int
    """Images per step."""
    seed: int = 0
    """Decides the weights to begin with, the order of the images and the noise."""
    networks: Networks = "dcgan"
    """The architecture of both networks."""
    loss: str
    """The adversarial loss."""
    loss_options: str = ""
    """Options of the loss, such as divergence=pearson,saturating=false for f_gan."""
    method: Method = "one-stage"
    """one-stage, or one of the alternating schemes that it is compared with."""
    strategy: Strategy = "auto"
    """How one stage gets the generator's gradient; auto takes the cheapest exact way."""
    critic_steps: int = 1
    """D's updates per step, each on images of its own; G moves with the last of them."""
    parallel: Parallel = "ddp"
    """What each of several processes keeps: ddp, whole networks; fsdp, its share of their weights,
    averages and optimisers' state, for networks that do not fit."""
    accumulation: int = 1
    """Parts that each batch is computed in, one after the other, for less memory."""
    image_size: int | None = None
    """Height and width of the images in pixels."""
    device: str = "auto"
    """cpu, cuda, cuda:1 ...; auto is the GPU where there is one."""
    precision: Precision = "fp32"
    """bf16 runs the networks under bfloat16 autocast."""
    memory_format: MemoryFormat = "auto"
    """Order of an image's values in memory; auto: channels_last for residual networks in bf16."""
    compile: bool = False
    """Compile both networks by torch.compile; not with a penalty that differentiates D twice."""
    cuda_graph: bool = False
    """Record the step as one CUDA graph and replay it; where that cannot be, the run says why."""
    threads: int | None = None
    """CPU threads; unset, PyTorch's choice. One number of threads gives one set of bits."""
    ema_decay: float
    """Decay per step of the averaged generator that samples are made with."""
    ema_warmup: int = 0
    """Let the average's decay grow as (1 + t) / (ema-warmup + t) over the steps t; 0: at once."""
    log: Log = "jsonl"
    """tensorboard: write events besides metrics.jsonl, into the folder tensorboard."""
    log_every: int = 50
    """Steps between two lines of metrics.jsonl."""
    sample_every: int
    """Steps between two pictures; 0: only at the end."""
    evaluate_every: int = 0
    """Steps between two evaluations, of which the best generator is kept; 0: only at the end."""
    evaluate_samples: int = 2000
    """Images per evaluation; 0: none."""
    checkpoint_every: int
    """Steps between two checkpoints; 0: only at the end."""
    keep_checkpoints: int = 2
    """How many checkpoints are kept."""
    max_skipped: int = 20
    """Steps in a row that may be skipped since something was not finite; then the run goes back."""
    data: DataConfig
    generator: GeneratorConfig
    discriminator: DiscriminatorConfig
    penalties: PenaltyConfig
    augment: AugmentConfig

    def validate(self) -> None:
        """See `Settings`."""
        loss = self.loss.replace("-", "_")
        if loss not in LOSSES:
            raise ConfigError(f"loss is {self.loss!r}. {suggest(loss, LOSSES)}")
        object.__setattr__(self, "loss", loss)
        self.check_at_least(1, "steps", "batch_size", "critic_steps", "accumulation", "log_every")
        self.check_at_least(1, "keep_checkpoints")
        self.check_at_least(0, "sample_every", "checkpoint_every", "evaluate_every", "ema_warmup")
        self.check_at_least(0, "evaluate_samples", "max_skipped")
        self.check("evaluate_samples", self.evaluate_samples != 1, "0 (none) or at least 2")
        self.check("seed", 0 <= self.seed < 2**63, "0 or more, below 2**63")
        self.check("image_size", self.image_size is None or self.image_size >= 1, "at least 1")
        self.check("ema_decay", 0 <= self.ema_decay < 1, "at least 0 and below 1")
        self.check("threads", self.threads is None or self.threads >= 1, "at least 1")
        parts, size = self.accumulation, self.batch_size
        self.check("accumulation", size % parts == 0, f"a divisor of the batch size {size}")
        self._check_compile()
        self._check_cuda_graph()

    def _check_compile(self) -> None:
        twice = self.penalties.differentiating()
        if self.compile and twice:
            raise ConfigError(
                f"compile is on, and penalties.{twice[0]} differentiates the discriminator twice, "
                "which a compiled one cannot be; leave out one of the two."
            )

    def _check_cuda_graph(self) -> None:
        if not self.cuda_graph:
            return
        self.check("cuda_graph", self.method == "one-stage", "off for alternating methods")
        learns = {"loss fisher": self.loss == "fisher", "penalties.lecam": self.penalties.lecam}
        for name, is_on in learns.items():
            if is_on:
                raise ConfigError(
                    f"cuda-graph is on, and {name} learns between steps in Python, which a replay "
                    "does not run; leave out one of the two."
                )
