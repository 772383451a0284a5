"""Whether a step is being recorded as a CUDA graph."""

from __future__ import annotations

import torch
from torch import Tensor


def is_being_recorded(tensor: Tensor) -> bool:
    """Whether what is done with this tensor goes into a CUDA graph: the host must not wait."""
    return tensor.is_cuda and torch.cuda.is_current_stream_capturing()
