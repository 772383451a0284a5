"""What a network was built with."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from torch import nn

NetworkT = TypeVar("NetworkT", bound=nn.Module)


def keeps_options(network: type[NetworkT]) -> type[NetworkT]:
    """Have networks of this class keep all that they were built with, defaults included.

    It is the attribute `options`, by name; the class and it are enough to build the network again
    (`onestage.sharing`), also once a default has changed.
    """
    build: Callable[..., None] = network.__init__
    signature = inspect.signature(build)

    @wraps(build)
    def build_and_keep(self: Any, *args: Any, **options: Any) -> None:
        build(self, *args, **options)
        bound = signature.bind(self, *args, **options)
        bound.apply_defaults()
        _, *given = bound.arguments.items()
        self.options = dict(given)

    network.__init__ = build_and_keep  # type: ignore[method-assign]
    return network
