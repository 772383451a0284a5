"""All settings of an adaptation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from onestage.training import ConfigError, Settings

Objective = Literal["reversal", "swapped-labels", "wasserstein", "source-only"]


@dataclass(frozen=True, kw_only=True)
class AdaptConfig(Settings):
    """Everything that decides how an adaptation goes; the defaults are those of the digits pair."""

    source: str = "digits"
    """Labelled images: digits, or a folder, zip or shards with a folder for each class."""
    target: str = "stripe"
    """Images to adapt to: stripe (digits with bright columns), a folder, zip or shards."""
    objective: Objective = "reversal"
    """What the features learn from D: reversal (DANN), swapped-labels, wasserstein; or nothing."""
    conditional: Literal["none", "cdan", "cdan-e"] = "none"
    """Let D see the features with the predicted classes (CDAN), or weigh by their entropy too."""
    forwards: Literal["apart", "joint"] = "apart"
    """Run the features on each domain by itself, or on both as one batch; tells with BatchNorm."""
    weight: float = 0.3
    """Of the features' adversarial loss at the end; it grows from 0."""
    gradient_penalty: float = 0.0
    """Weight of a penalty on D between the domains, for wasserstein (10)."""
    steps: int = 700
    """Training steps in all; one step shows the networks one batch of each domain."""
    batch_size: int = 64
    """Images of each domain per step."""
    seed: int = 0
    """Decides the weights to begin with and the order of the images."""
    learning_rate: float = 2e-3
    """Adam's, of the features and the classifier; it falls to a sixth."""
    discriminator_learning_rate: float = 1e-3
    """Adam's, of the domain discriminator; it falls to a sixth."""
    beta1: float = 0.5
    """Adam's momentum."""
    beta2: float = 0.999
    """Adam's decay of squared gradients."""
    image_size: int = 8
    """Height and width of the images in pixels: 8, 16, 32, 64 ..."""
    channels: int | None = None
    """1 for grey, 3 for colour; unset, what the images have."""
    classes: int | None = None
    """Number of classes that the source must have; unset, as many as it has folders."""
    base_width: int = 64
    """Channels of the first convolution."""
    held_out: float = 0.2
    """Share of a folder's images that is kept for the evaluation; the digits pair has its own."""
    target_labels: bool = True
    """Take the target's folders for classes in the evaluation; training never does."""
    control: bool = True
    """Train a copy on the source alone beside it, for comparison."""
    stop_on_collapse: bool = False
    """End the run when an evaluation finds that the classes fall apart."""
    workers: int = 0
    """Processes that read images besides the main one."""
    max_bad: float = 0.01
    """Largest share of unreadable images that is put up with; they are skipped and named."""
    device: str = "auto"
    """cpu, cuda, cuda:1 ...; auto is the GPU where there is one."""
    threads: int | None = None
    """CPU threads; unset, PyTorch's choice. One number of threads gives one set of bits."""
    log_every: int = 50
    """Steps between two lines of metrics.jsonl."""
    sample_every: int = 0
    """Steps between two pictures of the features; 0: only at the end."""
    evaluate_every: int = 100
    """Steps between two evaluations; 0: only at the end."""
    evaluate_samples: int = 2000
    """Held-out images of each domain per evaluation; 0: none."""
    checkpoint_every: int = 350
    """Steps between two checkpoints; 0: only at the end."""
    keep_checkpoints: int = 2
    """How many checkpoints are kept."""
    max_skipped: int = 20
    """Steps in a row that may be skipped since something was not finite; then the run goes back."""

    def validate(self) -> None:
        """See `Settings`."""
        self.check_at_least(1, "steps", "batch_size", "log_every", "keep_checkpoints", "base_width")
        self.check_at_least(0, "weight", "gradient_penalty", "workers", "sample_every")
        self.check_at_least(0, "evaluate_every", "evaluate_samples", "checkpoint_every")
        self.check_at_least(0, "max_skipped")
        for name in ("learning_rate", "discriminator_learning_rate"):
            self.check(name, getattr(self, name) > 0, "above 0, such as 1e-3")
        for name in ("beta1", "beta2", "max_bad"):
            self.check(name, 0 <= getattr(self, name) < 1, "at least 0 and below 1")
        self.check("held_out", 0 < self.held_out < 1, "between 0 and 1")
        self.check("seed", 0 <= self.seed < 2**63, "0 or more, below 2**63")
        self.check("threads", self.threads is None or self.threads >= 1, "at least 1")
        self.check("classes", self.classes is None or self.classes >= 2, "at least 2")
        powers = self.image_size >= 8 and self.image_size & (self.image_size - 1) == 0
        self.check("image_size", powers, "8, 16, 32, 64 ...")
        for name in ("source", "target"):
            self.check(name, bool(getattr(self, name).strip()), "a folder, or digits and stripe")
        watched = self.evaluate_samples > 0 or not self.stop_on_collapse
        self.check("evaluate_samples", watched, "above 0 for stop-on-collapse")
        if self.objective == "wasserstein" and not self.gradient_penalty:
            raise ConfigError(
                "objective wasserstein needs a Lipschitz critic; give --gradient-penalty 10."
            )


_FOLDERS = {"image_size": 32}  # where the images are not the digits


def build_adapt_config(settings: Mapping[str, Any] | None = None) -> AdaptConfig:
    """A checked config: the defaults, overridden by `settings`.

    Raises:
        ConfigError: (a `ValueError`) for an unknown key, a wrong type or an impossible value.
    """
    cleaned = AdaptConfig.clean(settings or {})
    digits = cleaned.get("target", "stripe") == "stripe"
    return AdaptConfig(**{**({} if digits else _FOLDERS), **cleaned})
