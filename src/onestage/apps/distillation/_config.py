"""The settings of a distillation, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from onestage.apps.distillation._discrepancies import DISCREPANCIES
from onestage.apps.distillation._presets import PRESETS
from onestage.training import ConfigError, Settings

MethodName = Literal[
    "one-stage", "two-stage-tuned", "two-stage-fresh", "two-stage-naive", "dafl", "noise", "data"
]
METHODS: tuple[str, ...] = get_args(MethodName)
NetworkName = Literal[
    "digits", "digits-half", "digits-bn", "digits-half-bn", "lenet5", "lenet5-half",
    "resnet18", "resnet34",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class DistillationConfig(Settings):
    """Everything that decides how a distillation goes."""

    preset: str = "digits"
    """Where settings that are not given come from: digits, digits-bn, mnist, cifar10, cifar100."""
    teacher: str = "digits"
    """digits, which trains one within seconds, or a file of weights (.safetensors, .pt)."""
    teacher_network: NetworkName
    """The teacher's architecture."""
    student: NetworkName
    """The student's architecture."""
    data: str
    """What is evaluated on: digits (the test part), or a folder with a folder for each class."""
    train_data: str = ""
    """Images for the control data: unset, the digits' training part; else a folder."""
    max_bad: float = 0.01
    """Largest share of unreadable images that is put up with; they are skipped and named."""
    image_size: int
    """Height and width of the images in pixels."""
    channels: int
    """1 for grey, 3 for colour."""
    classes: int
    """Length of the logits."""
    mean: str
    """What the teacher's images have been shifted by, for pixels from 0 to 1, by channel."""
    std: str
    """What they have then been divided by."""
    method: MethodName = "one-stage"
    """one-stage, a two-stage scheme, dafl, or a control: noise, data."""
    controls: str = ""
    """Further methods to run after it, such as noise,two-stage-tuned,two-stage-naive,data."""
    steps: int
    """Cycles: each is student-steps of the student and one of the generator."""
    student_steps: int
    """K, the student's steps per cycle."""
    batch_size: int
    """Samples per step of the student."""
    seed: int = 0
    """Decides weights, noise and, with the digits, the teacher."""
    discrepancy: str = "l1"
    """How far student and teacher are apart: l1, log-l1, kl-batchmean, kl-elementmean."""
    batch_norm_statistics: float = 0.0
    """Weight of the term that holds the teacher's BatchNorm inputs to its statistics (DFQ)."""
    one_hot: float = 0.0
    """Weight of the term by which the teacher shall be sure of a sample (DAFL)."""
    balance: float = 0.0
    """Weight of the term by which all classes shall be made alike (DAFL, DFQ)."""
    activation: float = 0.0
    """Weight of the term by which the teacher's features shall be large (DAFL)."""
    student_learning_rate: float
    """Of SGD with momentum 0.9."""
    student_weight_decay: float
    """L2 penalty of the student's weights."""
    generator_learning_rate: float = 1e-3
    """Of Adam."""
    schedule: Literal["constant", "cosine"] = "cosine"
    """How both learning rates go: cosine falls to 0 at the last cycle."""
    latent_dim: int
    """Length of the noise vector."""
    generator_width: int
    """Channels of the generator's last map."""
    device: str = "auto"
    """cpu, cuda, cuda:1 ...; auto is the GPU where there is one."""
    threads: int | None = None
    """CPU threads; unset, PyTorch's choice. One number of threads gives one set of bits."""
    log_every: int = 20
    """Cycles between two lines of metrics.jsonl."""
    sample_every: int = 0
    """Cycles between two pictures; 0: only at the end."""
    evaluate_every: int
    """Cycles between two evaluations; 0: only at the end."""
    evaluate_samples: int = 1000
    """Generated samples that the diversity is measured on; 0: no evaluation at all."""
    checkpoint_every: int
    """Cycles between two checkpoints; 0: only at the end."""
    keep_checkpoints: int = 2
    """How many checkpoints are kept."""
    max_skipped: int = 20
    """Cycles in a row that may be skipped since something was not finite."""

    def validate(self) -> None:
        """See `Settings`."""
        known = ", ".join(DISCREPANCIES)
        self.check("discrepancy", self.discrepancy in DISCREPANCIES, f"one of {known}")
        self.check_at_least(1, "steps", "student_steps", "batch_size", "classes", "image_size")
        self.check_at_least(1, "latent_dim", "generator_width", "log_every", "keep_checkpoints")
        self.check_at_least(0, "sample_every", "evaluate_every", "checkpoint_every")
        self.check_at_least(0, "evaluate_samples", "max_skipped", "student_weight_decay")
        self.check_at_least(0, "batch_norm_statistics", "one_hot", "balance", "activation", "seed")
        self.check("evaluate_samples", self.evaluate_samples != 1, "0 (none) or at least 2")
        self.check("max_bad", 0 <= self.max_bad < 1, "at least 0 and below 1")
        self.check("batch_size", self.batch_size > 1, "at least 2, as BatchNorm needs")
        self.check("channels", self.channels in (1, 3), "1 (grey) or 3 (colour)")
        self.check("student_learning_rate", self.student_learning_rate > 0, "above 0")
        self.check("generator_learning_rate", self.generator_learning_rate > 0, "above 0")
        self.check("threads", self.threads is None or self.threads >= 1, "at least 1")
        for name in self.control_names:
            self.check("controls", name in METHODS, f"names of {', '.join(METHODS)}")
        played = [self.method, *self.control_names]
        once = len(set(played)) == len(played)
        self.check("controls", once, "other methods than --method, each once")
        for name in ("mean", "std"):
            self.check(name, self.moments(name) is not None, f"{self.channels} numbers above 0")
        if "data" in played:
            given = self.data == "digits" or bool(self.train_data)
            self.check("train_data", given, "a folder of images, for the method data to learn from")
        if "dafl" in played:
            weights = self.one_hot + self.balance + self.activation + self.batch_norm_statistics
            self.check("one_hot", weights > 0, "above 0, or another extra is, for dafl")

    @property
    def control_names(self) -> list[str]:
        """The further methods, one by one."""
        return [name.strip() for name in self.controls.split(",") if name.strip()]

    def moments(self, name: str) -> list[float] | None:
        """`mean` or `std` by channel; None if it is not that many numbers."""
        try:
            values = [float(part) for part in str(getattr(self, name)).split(",")]
        except ValueError:
            return None
        fits = len(values) == self.channels and (name == "mean" or min(values) > 0)
        return values if fits else None


def build_distillation_config(settings: Mapping[str, Any] | None = None) -> DistillationConfig:
    """A checked config: the preset, overridden by `settings`.

    Raises:
        ConfigError: (a `ValueError`) for an unknown key, a wrong type or an impossible value.
    """
    given = DistillationConfig.clean(settings or {})
    name = given.get("preset", "digits")
    if name not in PRESETS:
        raise ConfigError(f"preset is {name!r}: it must be one of {', '.join(PRESETS)}.")
    merged = {**PRESETS[name], **given}
    _check_moments(name, merged, given)
    if name not in ("digits", "digits-bn"):
        for key, what in (("teacher", "the teacher's weights"), ("data", "labelled images")):
            if key not in given:
                raise ConfigError(f"The preset {name} needs {what}: --{key} PATH.")
    return DistillationConfig(**merged)


def _check_moments(preset: str, merged: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Raise `ConfigError` where the preset's mean and std are of another number of channels."""
    own, wanted = PRESETS[preset]["channels"], merged["channels"]
    missing = [f"--{key}" for key in ("mean", "std") if key not in given]
    if wanted in (1, 3) and wanted != own and missing:
        numbers = "1 number" if wanted == 1 else f"{wanted} numbers, such as 0.5,0.5,0.5"
        raise ConfigError(
            f"--channels {wanted} needs {' and '.join(missing)} of {numbers}: those of the preset "
            f"{preset} are of {own}."
        )
