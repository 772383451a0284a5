"""Training: the settings, the loop, and what it leaves on the disk.

A game is anything with the `Step` protocol: it owns its networks, optimisers and data, does one
iteration per `step()`, and gives its whole state by `state()`. `Trainer` steps it, logs, draws
samples, evaluates and saves at the intervals of its config (`LoopConfig`). So a game can also be
stepped by hand, or two games in turn.

Settings come from three places, the later over the earlier: a preset (`onestage.presets`) or the
recipe for the data (`onestage.training.recipes`); a YAML file; the command line. `build_config`
merges and checks them.

A run's folder (`RunFolder`) holds all settings, the metrics, the samples and the checkpoints. A
checkpoint is complete or absent, and going on from it gives bit for bit what an uninterrupted run
gives with the same number of threads: weights, averages, optimisers, the random states and the
place in the order of the images are all in it.
"""

from onestage._convert import ConfigError
from onestage.presets import merge
from onestage.training._build_config import build_config
from onestage.training._changes import check_changes
from onestage.training._checkpoint import (
    Checkpoint,
    checkpoint_step,
    latest_checkpoint,
    list_checkpoints,
    load_checkpoint,
    load_for_all,
    load_newest,
    load_weights,
    save_checkpoint,
)
from onestage.training._config import MemoryFormat, TrainConfig
from onestage.training._data_record import DataRecord, check_data, load_data, save_data
from onestage.training._ema import ExponentialMovingAverage
from onestage.training._groups import (
    AugmentConfig,
    DataConfig,
    DiscriminatorConfig,
    GeneratorConfig,
    PenaltyConfig,
    PlayerConfig,
)
from onestage.training._guard import FirstFault, Memory, gradient_norm, step_if
from onestage.training._index import CheckpointError
from onestage.training._lock import LockError, lock_holder, locked
from onestage.training._loop import Trainer
from onestage.training._loop_config import LoopConfig
from onestage.training._outcome import DivergedError, Outcome
from onestage.training._progress import Reporter, SilentReporter, build_reporter, is_animated
from onestage.training._run_folder import RunError, RunFolder
from onestage.training._seeds import derive_seed, seed_after, seeded, seeded_generator
from onestage.training._settings import Settings
from onestage.training._signals import StopRequest
from onestage.training._step import Step, StepState
from onestage.training._tensorboard import TensorBoardLog
from onestage.training._window import MetricWindow
from onestage.training._world import World, joined
from onestage.training._yaml import load_settings, save_config

__all__ = [
    "AugmentConfig",
    "Checkpoint",
    "CheckpointError",
    "ConfigError",
    "DataConfig",
    "DataRecord",
    "DiscriminatorConfig",
    "DivergedError",
    "ExponentialMovingAverage",
    "FirstFault",
    "GeneratorConfig",
    "LockError",
    "LoopConfig",
    "Memory",
    "MemoryFormat",
    "MetricWindow",
    "Outcome",
    "PenaltyConfig",
    "PlayerConfig",
    "Reporter",
    "RunError",
    "RunFolder",
    "Settings",
    "SilentReporter",
    "Step",
    "StepState",
    "StopRequest",
    "TensorBoardLog",
    "TrainConfig",
    "Trainer",
    "World",
    "build_config",
    "build_reporter",
    "check_changes",
    "check_data",
    "checkpoint_step",
    "derive_seed",
    "gradient_norm",
    "is_animated",
    "joined",
    "latest_checkpoint",
    "list_checkpoints",
    "load_checkpoint",
    "load_data",
    "load_for_all",
    "load_newest",
    "load_settings",
    "load_weights",
    "lock_holder",
    "locked",
    "merge",
    "save_checkpoint",
    "save_config",
    "save_data",
    "seed_after",
    "seeded",
    "seeded_generator",
    "step_if",
]
