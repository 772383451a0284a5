"""Nested tuples, lists and dicts of tensors: what samples and D's outputs may be."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, TypeAlias

from torch import Tensor

# A tensor, or a tuple, list or dict of trees; anything else inside is passed on untouched.
Tree: TypeAlias = Any


def tensors(tree: Tree) -> list[Tensor]:
    """The tensors of a tree, left to right."""
    if isinstance(tree, Tensor):
        return [tree]
    if isinstance(tree, dict):
        tree = tree.values()
    elif not isinstance(tree, (tuple, list)):
        return []
    return [tensor for branch in tree for tensor in tensors(branch)]


def map_tensors(function: Callable[[Tensor], Any], tree: Tree) -> Tree:
    """The same tree with every tensor replaced by `function(tensor)`."""
    if isinstance(tree, Tensor):
        return function(tree)
    if isinstance(tree, dict):
        mapped = {} if type(tree) is dict else copy.copy(tree)  # a defaultdict has more than items
        for key, branch in tree.items():
            mapped[key] = map_tensors(function, branch)
        return mapped
    if isinstance(tree, (tuple, list)):
        branches = [map_tensors(function, branch) for branch in tree]
        is_named = hasattr(tree, "_fields")  # a namedtuple takes its fields one by one
        return type(tree)(*branches) if is_named else type(tree)(branches)
    return tree


def detach(tree: Tree) -> Tree:
    """The same tree, cut off from its graph."""
    return map_tensors(Tensor.detach, tree)
