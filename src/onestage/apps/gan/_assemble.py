"""From networks, a task and settings to a game that can be stepped."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from onestage.apps.gan._layout import place_network
from onestage.apps.gan._optimizers import build_optimizer
from onestage.apps.gan._players import Batch, Players
from onestage.apps.gan._processes import check_world
from onestage.apps.gan._rules import boundary, build_augmentation, build_penalties, build_rules
from onestage.apps.gan._sharing import build_sharing
from onestage.apps.gan._step import GANStep
from onestage.apps.gan._task import Task
from onestage.apps.gan.methods import METHODS, Method, OneStageMethod, RecordedOneStage
from onestage.augment import AdaptiveAugment, Augmented
from onestage.losses import gathered
from onestage.training import (
    ConfigError,
    ExponentialMovingAverage,
    TrainConfig,
    World,
    seeded_generator,
)


def assemble(
    task: Task,
    generator: nn.Module,
    discriminator: nn.Module,
    device: torch.device,
    world: World,
) -> GANStep:
    """A game at its beginning.

    Args:
        task: what is learnt, with the settings.
        generator: with the weights to begin with.
        discriminator: likewise, with the condition as its second argument where there is one.
        device: where both go.
        world: the processes that play it, each with its share of every batch.

    Raises:
        ValueError: if the settings do not fit one another, such as a strategy and a loss.
    """
    config = task.config
    check_world(config, world, device)
    for network in (generator, discriminator):
        place_network(network, device, config)
    # One process draws from the global generators; several alike, from one that each has.
    common = torch.Generator(device) if world.size > 1 else None
    augmentation = build_augmentation(config, common)
    latents, dim = seeded_generator(config.seed, "latents"), config.generator.latent_dim
    penalties, sharing = build_penalties(config.penalties, common), build_sharing(config, world)
    ema = ExponentialMovingAverage(generator, config.ema_decay, warmup=config.ema_warmup)
    sharing.averaged(ema.module)
    draw = partial(_latents, latents, dim, device, world)
    shared_generator = sharing.trained(generator)
    players = Players(
        generator=shared_generator,
        discriminator=sharing.trained(
            _augmented(discriminator, augmentation, device), twice=bool(penalties)
        ),
        generator_optimizer=build_optimizer(generator, config.generator),
        discriminator_optimizer=build_optimizer(discriminator, config.discriminator),
        loss=gathered(build_rules(config)) if world.size > 1 else build_rules(config),
        penalties=penalties,
        latents=draw,
        fake=partial(_fake, task, shared_generator, draw),
        autocast=partial(
            torch.autocast, device.type, torch.bfloat16, enabled=config.precision == "bf16"
        ),
        watch=_watch(augmentation, config.loss),
        clip_weights=config.discriminator.clip_weights,
        reconstruction=config.generator.reconstruction,
        critic_steps=config.critic_steps,
        accumulation=config.accumulation,
        world=world,
        sharing=sharing,
    )
    method = _build_method(config, players)
    return GANStep(
        task, players, method, ema, latents, generator, discriminator, augmentation, common
    )


def resolve_device(name: str) -> torch.device:
    """The device that a setting names.

    Raises:
        ConfigError: if it is not there.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ConfigError(
            f"device is {name!r}, which PyTorch {torch.__version__} cannot use here; "
            "choose cpu, or auto for the GPU where there is one."
        ) from error
    return device


def _augmented(
    discriminator: nn.Module, augmentation: nn.Module | None, device: torch.device
) -> nn.Module:
    if augmentation is None:
        return discriminator
    return Augmented(discriminator, augmentation.to(device))


def _build_method(config: TrainConfig, players: Players) -> Method:
    if config.method == "one-stage":
        one_stage = RecordedOneStage if config.cuda_graph else OneStageMethod
        return one_stage(players, config.strategy)
    return METHODS[config.method](players)


def _latents(
    source: torch.Generator, dim: int, device: torch.device, world: World, batch: Batch
) -> Tensor:
    # Drawn on the CPU, whose generator gives the same numbers for every device; and drawn for all
    # processes in each, so that it stays the same in all and is what one process would draw.
    noise = torch.randn(len(batch.real) * world.size, dim, generator=source)
    return world.rows(noise).to(device, non_blocking=True)


def _fake(
    task: Task, generator: nn.Module, draw: Callable[[Batch], Tensor], batch: Batch
) -> Tensor:
    latents = draw(batch) if batch.latents is None else batch.latents
    return task.fake(generator, latents, batch.condition)


def _watch(augmentation: nn.Module | None, loss: str) -> Callable[[Tensor], None]:
    """What is shown D's outputs on real samples: the augmentation that adapts to them."""
    if not isinstance(augmentation, AdaptiveAugment):
        return _ignore
    zero = boundary(loss)
    return lambda real_outputs: augmentation.update(real_outputs - zero)


def _ignore(real_outputs: Tensor) -> None:
    """Nobody adapts to D's outputs."""
