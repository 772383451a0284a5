import torch

from onestage.bench._launches import count_launches, tally


def test_the_cpu_launches_nothing():
    assert count_launches(lambda: None, torch.device("cpu")) is None


def test_launches_and_waits_are_told_by_name():
    names = ["aten::mm", "cudaLaunchKernel", "cudaLaunchKernelExC", "cudaGraphLaunch"]
    waits = ["cudaStreamSynchronize", "cudaDeviceSynchronize"]
    assert tally(names) == (3, 0)
    # The last one is the profiler's own.
    assert tally([*names, *waits]) == (3, 1)
