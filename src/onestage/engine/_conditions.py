"""Why D failed: a condition that does not fit its sample, or a sample that it changes in place.

A condition is named where it fails or broadcasts, and never guessed at. It may be anything that D
takes after the sample: labels, a temperature, a table. So its size alone is no mistake. It is one
where D failed with it, or where it turned one sample into several.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from onestage._tree import Tree, tensors


def explain_failure(
    error: RuntimeError, side: str, sample: Tree, conditions: Sequence[Tree]
) -> None:
    """Raise `ValueError` from D's own error if it is known what led to it.

    A condition has another number of rows, or D's first layer works in place.
    """
    if "leaf variable that requires grad" in str(error).lower():
        raise ValueError(
            f"The discriminator changes the {side} sample in place, and it is not its own. Give "
            "its first layer inplace=False."
        ) from error
    found = _mismatch(sample, conditions)
    if type(error) is RuntimeError and found is not None:  # not a lack of memory
        said = (str(error).splitlines() or [""])[0]
        raise ValueError(f"The discriminator failed: {_words(side, *found)} It said: {said}") from (
            error
        )


def check_not_broadcast(side: str, sample: Tree, conditions: Sequence[Tree], outputs: Tree) -> None:
    """Raise `ValueError` if one sample and a condition of n rows gave n rows of outputs."""
    found = _mismatch(sample, conditions)
    if found is None or found[0] != 1:
        return
    if any(rows(output) == found[2] for output in tensors(outputs)):
        raise ValueError(
            f"The discriminator's outputs were broadcast: {_words(side, *found)} If that is "
            "meant, expand the sample to as many rows."
        )


def rows(tensor: Tensor) -> int | None:
    """The length of the first dimension, if there is one."""
    return tensor.shape[0] if tensor.ndim else None


def _mismatch(sample: Tree, conditions: Sequence[Tree]) -> tuple[int, int, int] | None:
    """(samples, index of the condition, its rows) of the first that has neither as many nor one."""
    batch = next((x.shape[0] for x in tensors(sample) if x.ndim), None) if conditions else None
    if batch is None:
        return None
    for index, condition in enumerate(conditions):
        for tensor in tensors(condition):
            if rows(tensor) not in (None, 1, batch):
                return batch, index, tensor.shape[0]
    return None


def _words(side: str, batch: int, index: int, found: int) -> str:
    samples = f"{batch} sample{'s' if batch > 1 else ''}"
    return (
        f"{side}_args[{index}] has {found} rows for {samples}. Give a condition one row for each "
        f"{side} sample."
    )
