"""One CUDA graph with the tensors that it reads and writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from onestage._tree import Tree, map_tensors, tensors


class Recording:
    """A step on `static` inputs, recorded but not yet run.

    Args:
        step: takes no arguments; reads `static`.
        static: tensors whose content every replay replaces.
        generators: registered, so that each replay draws on from where the last one ended.
    """

    def __init__(
        self, step: Callable[[], Tree], static: Tree, generators: Sequence[torch.Generator]
    ) -> None:
        self._static = static
        self._graph = torch.cuda.CUDAGraph()
        for generator in generators:
            self._graph.register_generator_state(generator)
        torch.cuda.synchronize()
        with torch.cuda.graph(self._graph):
            self._outputs = step()

    def fits(self, inputs: Tree) -> bool:
        """Whether the inputs can be copied into the recorded ones."""
        return same_layout(self._static, inputs)

    def replay(self, inputs: Tree) -> Tree:
        """One step; the outputs are the recording's own, which the next replay overwrites."""
        for static, given in zip(tensors(self._static), tensors(inputs), strict=True):
            static.copy_(given, non_blocking=True)
        self._graph.replay()
        return map_tensors(torch.Tensor.detach, self._outputs)


def same_layout(first: Tree, second: Tree) -> bool:
    """Whether two trees have as many tensors, of the same shapes and dtypes."""
    layouts = [[(x.shape, x.dtype) for x in tensors(tree)] for tree in (first, second)]
    return layouts[0] == layouts[1]
