"""What is compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from onestage.apps.gan.methods import METHODS as _BY_NAME
from onestage.compare._paper import ROWS
from onestage.training import ConfigError, TrainConfig, build_config, merge

ONE_STAGE = "one-stage"
METHODS = tuple(_BY_NAME)
PAPER = "paper"


@dataclass(frozen=True)
class Unit:
    """What is trained together: all methods on one preset from one seed.

    Attributes:
        preset: its name.
        seed: alike for all methods: data, noise, and what weights begin with.
        methods: in the order in which the first turn is taken.
        scale: of the preset.
        settings: what is changed in it, nested as in a config file.
        features: what samples are compared by, as `onestage evaluate` has it; None for what fits
            the data.
    """

    preset: str
    seed: int
    methods: tuple[str, ...]
    scale: str
    settings: Mapping[str, Any]
    features: str | None

    def config(self, method: str) -> TrainConfig:
        """All settings of one method.

        Raises:
            ConfigError: for a preset that does not exist or lacks its data.
        """
        own = {"preset": self.preset, "scale": self.scale, "method": method, "seed": self.seed}
        return build_config(merge(self.settings, own))


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A comparison.

    Attributes:
        presets: their names; `paper` stands for the ten rows of the paper's table.
        methods: one stage, and what it is held against.
        seeds: how many; they are 0, 1, 2, ...
        scale: `"full"`, `"small"` or `"smoke"`.
        settings: what is changed in every preset, nested as in a config file.
        features: as in `Unit`.
    """

    presets: tuple[str, ...]
    methods: tuple[str, ...] = METHODS
    seeds: int = 5
    scale: str = "smoke"
    settings: Mapping[str, Any] = field(default_factory=dict)
    features: str | None = None

    def __post_init__(self) -> None:
        names = [row for name in self.presets for row in (ROWS if name == PAPER else (name,))]
        object.__setattr__(self, "presets", tuple(dict.fromkeys(names)))
        object.__setattr__(self, "methods", tuple(dict.fromkeys(self.methods)))
        if not self.presets:
            raise ConfigError("--preset names none; give some, such as lsgan,wgan, or paper.")
        if self.seeds < 1:
            raise ConfigError(f"--seeds is {self.seeds}: it must be at least 1.")
        for method in self.methods:
            if method not in METHODS:
                raise ConfigError(f"--methods has {method!r}; choose from {', '.join(METHODS)}.")
        if ONE_STAGE not in self.methods or len(self.methods) < 2:
            raise ConfigError(
                f"--methods is {','.join(self.methods)!r}: it must have one-stage and what it is "
                "held against, such as one-stage,two-stage-tuned."
            )

    @property
    def against(self) -> str:
        """The method that one stage is held against: the tuned one, where it takes part."""
        others = [method for method in METHODS if method in self.methods and method != ONE_STAGE]
        return others[0]

    def units(self) -> Iterator[Unit]:
        """Everything that is to be trained; a seed of all presets comes before the next seed."""
        for seed in range(self.seeds):
            for preset in self.presets:
                yield self.unit(preset, seed)

    def unit(self, preset: str, seed: int) -> Unit:
        """One of them."""
        return Unit(preset, seed, self.methods, self.scale, self.settings, self.features)
