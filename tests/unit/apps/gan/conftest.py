import pytest
import torch


@pytest.fixture(autouse=True)
def _one_thread():
    """Also after a game that has set a number of its own."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
