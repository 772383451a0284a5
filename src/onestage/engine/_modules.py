"""Finds the modules behind a discriminator that may be any callable."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from types import FunctionType
from typing import Any

from torch import nn
from torch.nn.parallel import DistributedDataParallel

from onestage._processes import in_a_group
from onestage.engine._sharded import ShardedParts


def root_modules(function: Callable[..., Any]) -> list[nn.Module]:
    """The modules that a callable is, is bound to, closes over or names globally."""
    return list(dict.fromkeys(_search(function, seen=set())))


def _search(thing: Any, seen: set[int]) -> Iterator[nn.Module]:
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, nn.Module):
        yield thing
        return
    for part in _parts(thing):
        yield from _search(part, seen)


def _parts(thing: Any) -> Iterable[Any]:
    """What to look at next: only what a call of `thing` plainly goes through."""
    if isinstance(thing, functools.partial):
        return [thing.func, *thing.args, *thing.keywords.values()]
    if inspect.ismethod(thing):
        return [thing.__func__, thing.__self__]
    if inspect.isfunction(thing):
        return _function_parts(thing)
    if isinstance(thing, (list, tuple)):
        return thing
    if isinstance(thing, dict):
        return thing.values()
    if inspect.isfunction(getattr(type(thing), "__call__", None)):  # noqa: B004
        return list(vars(thing).values()) if hasattr(thing, "__dict__") else []
    return []


def _function_parts(function: FunctionType) -> Iterator[Any]:
    if function.__module__.partition(".")[0] == "torch":
        return  # torch's own functions hide no discriminator
    for cell in function.__closure__ or ():
        with contextlib.suppress(ValueError):  # the cell of a name that is bound later
            yield cell.cell_contents
    for name in function.__code__.co_names:
        if name in function.__globals__:
            yield function.__globals__[name]


@contextlib.contextmanager
def no_sync(*things: Any) -> Iterator[None]:
    """Distributed wrappers keep the gradients of this block for the next synchronised backward.

    Args:
        things: networks or other callables. Each may be a wrapper, or a module that has one inside,
            or that `fully_shard` has sharded.
    """
    modules = [thing for thing in things if isinstance(thing, nn.Module)]
    wrappers = [thing for thing in things if hasattr(thing, "no_sync")]
    for module in modules:
        if in_a_group() and not hasattr(module, "no_sync"):
            wrappers += [m for m in module.modules() if isinstance(m, DistributedDataParallel)]
    with contextlib.ExitStack() as stack:
        for wrapper in {id(wrapper): wrapper for wrapper in wrappers}.values():
            stack.enter_context(wrapper.no_sync())
        stack.enter_context(ShardedParts(modules).unexchanged())
        yield


def training_flags(roots: Iterable[nn.Module]) -> tuple[bool, ...]:
    """`training` of every module: what decides whether BatchNorm and Dropout act."""
    flags: list[bool] = []
    pending: list[nn.Module | None] = list(roots)
    while pending:  # `modules()` takes several times as long, at every step
        module = pending.pop()
        if module is not None:
            flags.append(module.training)
            pending.extend(module._modules.values())
    return tuple(flags)
