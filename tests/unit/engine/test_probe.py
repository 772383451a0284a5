"""The probe tells couplings between samples apart from everything that looks like one."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests._discriminators import (
    ZOO,
    BatchAttention,
    Checkpointed,
    MinibatchStddev,
    Plain,
    ZeroResidual,
    batch_norm,
    dropout,
    group_norm,
    images,
    spectral,
)
from torch import nn

from onestage.engine._probe import Coupling, masks, num_masks, probe

CPU = torch.device("cpu")


def _probed(net: nn.Module, batch: int = 6, sample: torch.Tensor | None = None, **autocast):
    sample = (images(batch) if sample is None else sample).requires_grad_()
    with torch.autocast("cpu", **(autocast or {"enabled": False})):
        return probe(net(sample), [sample], [net])


@given(st.integers(2, 300))
@settings(deadline=None, max_examples=40)
def test_masks_tell_every_ordered_pair_apart(batch):
    found = torch.stack(list(masks(batch, CPU)))  # [M, B]
    assert len(found) == num_masks(batch)
    # [i, j]: some mask holds i and not j.
    apart = (found.float().T @ (~found).float()).bool()
    assert (apart | torch.eye(batch, dtype=torch.bool)).all()


@given(st.integers(2, 300))
@settings(deadline=None, max_examples=40)
def test_masks_cover_every_sample(batch):
    assert torch.stack(list(masks(batch, CPU))).any(0).all()


class GhostBatchNorm(Plain):
    """Statistics of neighbours only: whole groups lie inside the half mask."""

    def __init__(self, group: int) -> None:
        super().__init__(lambda: nn.BatchNorm2d(4))
        self.group = group

    def forward(self, sample):
        return torch.cat([super(GhostBatchNorm, self).forward(s) for s in sample.split(self.group)])


COUPLED = {
    "batch_norm": batch_norm,
    "ghost_batch_norm": lambda: GhostBatchNorm(2),
    "stddev_strided": lambda: MinibatchStddev(3, strided=True),
    "stddev_pairs": lambda: MinibatchStddev(2, strided=True),
    "stddev_neighbours": lambda: MinibatchStddev(3, strided=False),
    "stddev_neighbour_pairs": lambda: MinibatchStddev(2, strided=False),
    "attention": BatchAttention,
    "zero_residual": ZeroResidual,
}
INDEPENDENT = {
    "conv": Plain,
    "group_norm": group_norm,
    "instance_norm": lambda: Plain(lambda: nn.InstanceNorm2d(4, affine=True)),
    "spectral_norm": spectral,
    "dropout": dropout,
    "checkpoint": Checkpointed,
    "batch_norm_eval": lambda: batch_norm().eval(),
    "zero_residual_eval": lambda: ZeroResidual().eval(),
}


@pytest.mark.parametrize("build", COUPLED.values(), ids=COUPLED)
@pytest.mark.parametrize("batch", [6, 12])
def test_couplings_are_found(build, batch):
    assert _probed(build(), batch) is Coupling.COUPLED


@pytest.mark.parametrize("build", INDEPENDENT.values(), ids=INDEPENDENT)
@pytest.mark.parametrize("batch", [2, 3, 6, 9])
def test_independence_is_found(build, batch):
    assert _probed(build(), batch) is Coupling.INDEPENDENT


@pytest.mark.parametrize("build", INDEPENDENT.values(), ids=INDEPENDENT)
def test_no_false_alarm_in_bfloat16_and_channels_last(build):
    assert _probed(build(), dtype=torch.bfloat16) is Coupling.INDEPENDENT
    sample = images(6).to(memory_format=torch.channels_last)
    net = build().to(memory_format=torch.channels_last)
    assert _probed(net, sample=sample) is Coupling.INDEPENDENT


@pytest.mark.parametrize("build", COUPLED.values(), ids=COUPLED)
def test_couplings_are_found_in_bfloat16(build):
    assert _probed(build(), dtype=torch.bfloat16) is Coupling.COUPLED


@given(
    batch=st.integers(2, 9),
    pair=st.tuples(st.integers(0, 8), st.integers(0, 8)).filter(lambda p: p[0] != p[1]),
)
@settings(deadline=None, max_examples=60)
def test_a_single_path_between_two_samples_is_found(batch, pair):
    source, target = (i % batch for i in pair)
    if source == target:
        return
    sample = torch.randn(batch, 3, requires_grad=True)
    logits = sample.sum(1) + 0.0 * torch.eye(batch)[target] * sample[source].sum()
    assert probe(logits, [sample], []) is Coupling.COUPLED


@pytest.mark.parametrize("dead", [(0,), (2, 3), (0, 1, 2, 3)])
def test_dead_units_are_inconclusive(dead):
    sample = torch.ones(4, 3)
    sample[list(dead)] = -1.0
    sample.requires_grad_()
    assert probe(sample.relu().sum(1), [sample], []) is Coupling.INCONCLUSIVE


def test_buffers_and_graph_are_left_as_they_were():
    net = Checkpointed()
    net.norm = nn.BatchNorm2d(4)  # a checkpointed BatchNorm runs again in every walk
    sample = images(6).requires_grad_()
    logits = net(sample)
    before = {name: value.clone() for name, value in net.named_buffers()}
    assert probe(logits, [sample], [net]) is Coupling.COUPLED
    assert before and all(torch.equal(v, before[k]) for k, v in net.named_buffers())
    logits.sum().backward()  # still there
    assert sample.grad.isfinite().all()


def test_anomaly_mode_does_not_trip_over_the_nan():
    with pytest.warns(UserWarning, match="Anomaly"), torch.autograd.detect_anomaly():
        assert _probed(Plain()) is Coupling.INDEPENDENT
        assert torch.is_anomaly_enabled()


def test_no_parameter_gets_a_gradient():
    net = Plain()
    _probed(net)
    assert all(p.grad is None for p in net.parameters())


@pytest.mark.parametrize("name", [n for n, row in ZOO.items() if row.conditions(1) == ((), ())])
def test_agrees_with_the_zoo(name):
    row, net = ZOO[name], ZOO[name].build()
    sample = images(6).requires_grad_()
    logits = net(sample)
    if isinstance(logits, torch.Tensor) and logits.numel() == 6:
        expected = Coupling.INDEPENDENT if row.ratio else Coupling.COUPLED
        assert probe(logits, [sample], [net]) is expected
