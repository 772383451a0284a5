"""What the settings do to a step."""

from collections import Counter
from functools import partial

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from onestage.bench import Settings
from onestage.bench._entries import list_entries
from onestage.bench._pairs import Scale
from onestage.bench._run import build_pair

CPU = torch.device("cpu")
SCALE = Scale(4, 4, 16)


class Casts(TorchDispatchMode):
    """How often each tensor is made bfloat16."""

    def __init__(self):
        super().__init__()
        self.found = Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        is_cast = func.overloadpacket is torch.ops.aten._to_copy
        if is_cast and (kwargs or {}).get("dtype") is torch.bfloat16:
            self.found[args[0].data_ptr()] += 1
        return func(*args, **(kwargs or {}))


def casts_of_weights(name):
    make_pair = partial(build_pair, "dcgan64", SCALE)
    settings = Settings("bf16")
    entries = {entry.name: entry for entry in list_entries(make_pair, settings, CPU)}
    pair = make_pair()
    (step,) = entries[name].schedule(pair, settings, CPU).steps
    step()
    with Casts() as casts:
        step()
    players = (pair.generator, pair.discriminator)
    return [
        [casts.found[p.data_ptr()] for p in player.parameters() if p.ndim > 1] for player in players
    ]


@pytest.mark.parametrize("name", ["one-stage-ratio", "one-stage-dual", "hand-written"])
def test_one_stage_casts_every_weight_once(name):
    """Both forwards of D are under one autocast."""
    for counts in casts_of_weights(name):
        assert set(counts) == {1}


def test_two_stages_cast_ds_weights_anew_after_its_update():
    _, of_d = casts_of_weights("two-stage-tuned")
    assert set(of_d) == {2}


def test_channels_last_reaches_weights_and_images():
    make_pair = partial(build_pair, "dcgan64", SCALE)
    settings = Settings(memory_format="channels_last")
    pair = make_pair()
    entry = list_entries(make_pair, settings, CPU)[0]
    entry.schedule(pair, settings, CPU).steps[0]()
    for player in (pair.generator, pair.discriminator):
        for p in player.parameters():
            assert p.ndim < 4 or p.is_contiguous(memory_format=torch.channels_last)
