"""What one process draws and takes the mean of; `tests/_ddp.py` has two."""

import pytest
import torch
from tests._ends import abort_at_work, abort_when_done, wait_longer_than_the_group_does
from tests._processes import run_together
from torch import Tensor

from onestage._processes import drawn_rows, mean_over_processes


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("fill", [Tensor.uniform_, Tensor.normal_])
def test_a_generator_draws_what_the_global_one_draws(fill, dtype):
    like, alike = torch.zeros(7, 3, dtype=dtype), torch.Generator().manual_seed(3)
    torch.manual_seed(3)
    for _ in range(2):
        ours, theirs = drawn_rows(fill, like, alike), drawn_rows(fill, like, None)
        assert ours.dtype == dtype
        assert torch.equal(ours, theirs)
    assert not like.any()


def test_the_layout_of_memory_is_no_matter():
    like = torch.zeros(2, 3, 4, 4)
    found = []
    for layout in (torch.contiguous_format, torch.channels_last):
        torch.manual_seed(0)
        found.append(drawn_rows(Tensor.uniform_, like.to(memory_format=layout), None))
    assert torch.equal(*found)


def test_one_process_has_its_own_mean():
    values = torch.tensor([1.0, 2.0])
    assert mean_over_processes(values) is values
    assert values.tolist() == [1.0, 2.0]


def test_a_process_that_aborts_at_its_work_is_an_error_with_what_it_said(tmp_path):
    with pytest.raises(RuntimeError, match=r"(?s)SIGABRT.*out of the blue.*in abort_at_work"):
        run_together(abort_at_work, tmp_path)


def test_a_process_that_aborts_when_its_work_is_done_is_none(tmp_path):
    run_together(abort_when_done, tmp_path)
    assert {file.name for file in tmp_path.glob("*.result")} == {"0.result", "1.result"}


def test_an_evaluation_may_take_longer_than_a_collective(tmp_path):
    run_together(wait_longer_than_the_group_does, tmp_path)
    assert [(tmp_path / f"{rank}.result").read_text() for rank in range(2)] == ["from 0"] * 2
