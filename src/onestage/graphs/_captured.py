"""A step that is recorded once and replayed."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import torch
from torch import Tensor

from onestage._tree import Tree, map_tensors, tensors
from onestage.graphs._obstacles import obstacle
from onestage.graphs._recording import Recording


class CapturedStep:
    """Runs `step(*inputs)`, on CUDA as one graph.

    The first `warmup` calls are ordinary steps, on a stream of their own: they plan, and make the
    optimisers' state. The next one is recorded and replayed, and so is every later one. A call
    with inputs of another shape, such as a last, smaller batch, is run eagerly.

    Args:
        step: a whole training step: forwards, backwards, optimisers, averages. It returns nested
            tensors, or None.
        device: where it runs.
        warmup: eager calls before the recording, at least 1. The third has what allocators and
            autotuners decide behind it; the fourth may probe once more, if no probe was conclusive.
        generators: of random numbers that the step draws besides the device's default one.

    Attributes:
        reason: why the step is run eagerly, one sentence; None where it is replayed or still warms
            up.

    Raises:
        ValueError: for a warm-up of less than one call.
    """

    def __init__(
        self,
        step: Callable[..., Tree],
        *,
        device: torch.device | str,
        warmup: int = 4,
        generators: Sequence[torch.Generator] = (),
    ) -> None:
        if warmup < 1:
            raise ValueError(
                f"warmup={warmup}: the first call plans and probes, which makes the host wait and "
                "cannot be recorded. Give at least 1."
            )
        self._step = step
        self._device = torch.device(device)
        self._warmup = warmup
        self._generators = list(generators)
        self._calls: dict[Hashable, int] = {}
        self._recordings: dict[Hashable, Recording] = {}
        self.reason = obstacle(step, self._device)

    def __call__(self, *inputs: Tree, variant: Hashable = None) -> Tree:
        """One step; what it returns on replays is overwritten by the next replay.

        Args:
            inputs: nested tensors; they are copied into the recording's own.
            variant: which of several recordings this step belongs to, for whatever changes from
                step to step but is decided in Python: penalties that are due. `step` gets it as
                `variant=` if it is not None.
        """
        recording = self._recordings.get(variant)
        if recording is not None and recording.fits(inputs):
            return recording.replay(inputs)
        calls = self._calls[variant] = self._calls.get(variant, 0) + 1
        if self.reason is not None or recording is not None:
            return self._eager(inputs, variant)
        if calls <= self._warmup:
            with torch.cuda.device(self._device):
                return _on_side_stream(lambda: self._eager(inputs, variant))
        with torch.cuda.device(self._device):
            return self._recorded(inputs, variant)

    @property
    def is_recorded(self) -> bool:
        """Whether there is something to replay."""
        return bool(self._recordings)

    def _eager(self, inputs: Sequence[Tree], variant: Hashable) -> Tree:
        keywords: dict[str, Any] = {} if variant is None else {"variant": variant}
        return self._step(*inputs, **keywords)

    def _recorded(self, inputs: Sequence[Tree], variant: Hashable) -> Tree:
        static = map_tensors(Tensor.clone, tuple(inputs))
        try:
            recording = Recording(lambda: self._eager(static, variant), static, self._generators)
        except Exception as error:  # whatever the step, an optimiser or CUDA objects to
            self.reason = sentence(error)
            return self._eager(inputs, variant)
        self._recordings[variant] = recording
        return recording.replay(inputs)


def sentence(error: Exception) -> str:
    """Why a recording failed, and what usually mends it."""
    said = (str(error).splitlines() or [type(error).__name__])[0]
    hint = ""
    if "capturable" in said:
        hint = " Build the optimisers with capturable=True."
    elif "captur" in said:
        hint = (
            " Look for .item(), print, a copy from the host or a branch on a tensor in the step, "
            "for a penalty with every > 1 (LazyGames) and a generator that is not registered."
        )
    return f"The step runs eagerly: it could not be recorded ({said}).{hint}"


def _on_side_stream(run: Callable[[], Tree]) -> Tree:
    """As CUDA wants it of what is recorded later."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        result = run()
    torch.cuda.current_stream().wait_stream(stream)
    for tensor in tensors(result):
        tensor.record_stream(torch.cuda.current_stream())
    return result
