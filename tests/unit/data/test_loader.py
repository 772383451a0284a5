import signal
import subprocess
import sys
import time
from itertools import islice

import pytest
import torch

from onestage.data import DataError, build_loader


class Ramps:
    """Images that tell their index and whether they were flipped."""

    name, channels, image_size, labels, class_names = "ramps", 1, 4, None, ()

    def __len__(self):
        return 10

    def __getitem__(self, index):
        return torch.linspace(0, 1, 4).repeat(1, 4, 1) + index


class Broken(Ramps):
    def __getitem__(self, index):
        raise DataError("broken.png cannot be read.")


def _batches(count, **options):
    return list(islice(build_loader(Ramps(), 4, seed=0, **options), count))


def test_batches_are_images():
    (batch,) = _batches(1)
    assert batch.shape == (4, 1, 4, 4)
    assert batch.dtype == torch.float32


# Later Pythons warn of any fork in a process that has threads, as torch's has.
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("start", [0, 3])
def test_a_resumed_loader_gives_the_same_batches(workers, start):
    straight = _batches(8, flip=True)
    resumed = _batches(8 - start, flip=True, start=start, workers=workers)
    assert all(map(torch.equal, straight[start:], resumed))


def test_flips_are_drawn_anew_for_every_visit():
    images = torch.cat(_batches(100, flip=True))
    flipped = images[:, 0, 0, 0] > images[:, 0, 0, -1]
    index = images.amin(dim=(1, 2, 3)).round()
    assert 0.4 < flipped.float().mean() < 0.6
    for number in range(10):
        assert 0 < flipped[index == number].float().mean() < 1


def test_no_flips_unless_asked_for():
    images = torch.cat(_batches(20))
    assert (images[:, 0, 0, 0] < images[:, 0, 0, -1]).all()


def test_global_random_state_is_left_alone():
    before = torch.get_rng_state()
    _batches(3, flip=True)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("workers", [0, 1])
def test_an_error_in_a_worker_is_still_one_line(workers):
    loader = build_loader(Broken(), 4, seed=0, workers=workers)
    with pytest.raises(DataError) as caught:
        next(iter(loader))
    assert str(caught.value) == "broken.png cannot be read."


def test_impossible_workers():
    with pytest.raises(ValueError, match="workers=-1"):
        build_loader(Ramps(), 4, seed=0, workers=-1)


class Labelled(Ramps):
    labels = torch.arange(10) % 3


@pytest.mark.parametrize("flip", [False, True])
def test_labels_come_with_their_images(flip):
    loader = build_loader(Labelled(), 4, seed=0, labels=True, flip=flip)
    for images, labels in islice(loader, 6):
        index = images.amin(dim=(1, 2, 3)).round().long()
        assert labels.dtype == torch.int64
        assert torch.equal(labels, index % 3)


def test_labels_that_are_not_there_are_named():
    with pytest.raises(DataError, match="ramps has no labels; put the images of each class"):
        build_loader(Ramps(), 4, seed=0, labels=True)


KILLED = """
import multiprocessing, time
from onestage.data import build_loader, build_source
source = build_source("photographs", image_size=64)
batches = iter(build_loader(source, 16, seed=0, workers=2))  # more than a pipe holds
next(batches)
print(len(multiprocessing.active_children()), flush=True)
time.sleep(60)
"""


def test_workers_end_with_a_process_that_is_killed():
    process = subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "2\n"
    time.sleep(1)  # until their pipes are full
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=20)  # ends with the last one that has its stdout
