import sys
from pathlib import Path

import pytest
import torch

# `from tests._discriminators import ...` also where pytest is started by its bare name.
sys.path.insert(0, str(Path(__file__).parent.parent))


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    """Sums in one order only, and no fight over the cores."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)
