"""Finds the modules behind a discriminator that may be any callable."""

from __future__ import annotations

import contextlib
import dis
import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, MethodType, ModuleType
from typing import Any

from torch import nn
from torch.nn.parallel import DistributedDataParallel

from onestage._processes import in_a_group
from onestage.engine._sharded import ShardedParts


def root_modules(function: Callable[..., Any]) -> list[nn.Module]:
    """The modules that a callable is, is bound to, closes over or names.

    Of an object that cannot be called (a trainer whose method it is) only what the callable's code
    names of it: `lambda x: trainer.judge(x)` has the judge behind it, and not the generator.
    """
    return list(dict.fromkeys(_search(function, seen={})))


def _search(thing: Any, seen: dict[Any, Any]) -> Iterator[nn.Module]:
    # Methods are made when they are asked for, one object each time.
    is_method = inspect.ismethod(thing)
    key = (id(thing.__func__), id(thing.__self__)) if is_method else id(thing)
    if key in seen:
        return
    seen[key] = thing  # kept alive: an id may be given again
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
        return [thing.__self__, *_function_parts(thing.__func__, [thing.__self__])]
    if inspect.isfunction(thing):
        return _function_parts(thing, [])
    if isinstance(thing, (list, tuple)):
        return thing
    if isinstance(thing, dict):
        return thing.values()
    if inspect.isfunction(getattr(type(thing), "__call__", None)):  # noqa: B004
        return list(vars(thing).values()) if hasattr(thing, "__dict__") else []
    return []


def _function_parts(function: Any, bound: Iterable[Any]) -> Iterator[Any]:
    """What a function's code names: closed over, global, by default, or of what it is bound to."""
    if not inspect.isfunction(function) or function.__module__.partition(".")[0] == "torch":
        return  # torch's own functions hide no discriminator
    names, attributes = _names(function.__code__)
    things = [*bound, *(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    for cell in function.__closure__ or ():
        with contextlib.suppress(ValueError):  # the cell of a name that is bound later
            things.append(cell.cell_contents)
    things += [function.__globals__[name] for name in names if name in function.__globals__]
    yield from things
    yield from _named(things, attributes)


def _named(things: Iterable[Any], attributes: Iterable[str]) -> Iterator[Any]:
    """Attributes of objects that nothing else opens, and theirs (`trainer.networks.judge`)."""
    pending, opened = list(things), {}
    while pending:
        thing = pending.pop()
        is_opened = isinstance(thing, (nn.Module, type, ModuleType)) or callable(thing)
        if is_opened or id(thing) in opened or not hasattr(thing, "__dict__"):
            continue
        opened[id(thing)] = thing
        for name in attributes:
            found = vars(thing).get(name, getattr(type(thing), name, None))
            if isinstance(found, property):
                found = found.fget
            if inspect.isfunction(found) and name not in vars(thing):
                found = MethodType(found, thing)
            yield found
            pending.append(found)


def _names(code: CodeType) -> tuple[list[str], list[str]]:
    """The globals and the attributes that a function's code names, its inner functions' too."""
    names, attributes = [], []
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            names.append(instruction.argval)
        elif instruction.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            attributes.append(instruction.argval)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            inner = _names(constant)
            names, attributes = [*names, *inner[0]], [*attributes, *inner[1]]
    return list(dict.fromkeys(names)), list(dict.fromkeys(attributes))


def exchanging_groups(modules: Iterable[nn.Module]) -> list[Any]:
    """The process groups over which wrappers in these modules exchange; None is the default one.

    Empty where nothing spreads them over processes: a game of one process among several.
    """
    if not in_a_group():
        return []
    return [
        getattr(module, "process_group", None)
        for module in (part for root in modules for part in root.modules())
        if isinstance(module, DistributedDataParallel) or hasattr(type(module), "reshard")
    ]


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
