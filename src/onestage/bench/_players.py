"""Two networks with their optimisers, so that a contender makes whole training steps."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from onestage._tree import map_tensors
from onestage.bench._contenders import Game, Step
from onestage.bench._options import Settings
from onestage.bench._pairs import Pair
from onestage.engine import root_modules
from onestage.losses import AnyLoss

_BETAS = (0.5, 0.99)


class Players:
    """A pair of its own for one contender: every step trains it.

    Args:
        pair: the networks, which are moved to the device.
        settings: how it computes.
        device: where.
        learning_rate: of both Adams; small, so that a long measurement stays where it began.
    """

    def __init__(
        self, pair: Pair, settings: Settings, device: torch.device, learning_rate: float = 1e-5
    ) -> None:
        self._settings = settings
        self._device = device
        self._pair = pair
        self._networks = [
            [module.to(device) for module in root_modules(player)]
            for player in (pair.generator, pair.discriminator)
        ]
        if settings.memory_format == "channels_last":
            for module in self._modules():
                module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._real = map_tensors(self._placed, pair.real)
        self._optimizers = [self._adam(modules, learning_rate) for modules in self._networks]

    def game(self, loss: AnyLoss | None = None) -> Game:
        """What a contender plays with; `loss` in place of the pair's."""
        pair, (_, for_d) = self._pair, self._optimizers
        draw, device = pair.draw, self._device
        inputs = map_tensors(self._placed, tuple(pair.inputs))
        generator, discriminator = pair.generator, pair.discriminator
        if self._settings.compiled:
            generator, discriminator = (torch.compile(net) for net in (generator, discriminator))
        return Game(
            discriminator,
            lambda: generator(*(inputs if draw is None else draw(device))),
            loss or pair.loss,
            self._real,
            real_args=map_tensors(self._placed, tuple(pair.real_args)),
            fake_args=map_tensors(self._placed, tuple(pair.fake_args)),
            penalties=pair.penalties,
            other_loss=pair.other_loss,
            stage=self._autocast,
            between=for_d.step,
        )

    def one_stage(self, build: Callable[[Game], Step], game: Game) -> Step:
        """Both updates after both gradients."""
        for_g, for_d = self._optimizers
        play = build(replace(game, between=_nothing))

        def step() -> None:
            for_d.zero_grad()
            for_g.zero_grad()
            play()
            for_d.step()
            for_g.step()

        return step

    def two_stage(self, build: Callable[[Game], Step], game: Game) -> Step:
        """D's update between the stages, G's after them."""
        for_g, for_d = self._optimizers
        play = build(game)

        def step() -> None:
            for_d.zero_grad()
            for_g.zero_grad()
            play()
            for_g.step()

        return step

    def parameters(self) -> list[Tensor]:
        """All weights."""
        return [p for module in self._modules() for p in module.parameters()]

    def _modules(self) -> list[nn.Module]:
        return [module for modules in self._networks for module in modules]

    def _adam(self, modules: list[nn.Module], learning_rate: float) -> torch.optim.Adam:
        options: dict[str, Any] = {"fused": True} if self._settings.fused else {}
        if self._settings.captured:
            options["capturable"] = True
        weights = list(dict.fromkeys(p for module in modules for p in module.parameters()))
        return torch.optim.Adam(weights, learning_rate, _BETAS, **options)

    def _autocast(self) -> AbstractContextManager[object]:
        if self._settings.precision == "fp32":
            return contextlib.nullcontext()
        return torch.autocast(self._device.type, torch.bfloat16)

    def _placed(self, tensor: Tensor) -> Tensor:
        tensor = tensor.to(self._device)
        if self._settings.memory_format == "channels_last" and tensor.ndim == 4:
            return tensor.contiguous(memory_format=torch.channels_last)
        return tensor


def _nothing() -> None:
    return None
