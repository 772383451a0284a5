"""Weights of others: what is put before their names, and what is said where they do not fit."""

import pytest
import torch
from torch import nn

from onestage.apps.distillation import build_distillation_config, build_teacher
from onestage.apps.distillation._networks import build_classifier
from onestage.apps.distillation._state_dicts import misfit, unwrapped
from onestage.training import ConfigError


def teacher(weights, path, **settings):
    torch.save(weights, path)
    return build_teacher(build_distillation_config({"teacher": str(path), **settings}))


def compiled(network):
    return torch.compile(network, backend="eager")


@pytest.mark.parametrize(
    "wrap", [nn.DataParallel, compiled, lambda x: nn.DataParallel(compiled(x)), lambda x: x]
)
def test_a_wrapped_teacher_is_the_teacher(tmp_path, wrap):
    network = build_classifier("digits", 1, 10)
    found = teacher(wrap(network).state_dict(), tmp_path / "teacher.pt").state_dict()
    for name, tensor in network.state_dict().items():
        assert torch.equal(found[name], tensor)


def test_one_name_without_the_prefix_keeps_all():
    weights = {"module.a": torch.zeros(1), "b": torch.zeros(1)}
    assert unwrapped(weights) == weights
    assert unwrapped({}) == {}


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (
            build_classifier("resnet18", 1, 10),
            r"missing: features\.0\.weight, features\.0\.bias, features\.3\.weight and 5 more; "
            r"unknown: conv1\.weight, bn1\.weight, bn1\.bias and 119 more\. Give the",
        ),
        (build_classifier("digits", 1, 7), r"another shape: head\.weight 7x128 for 10x128, head"),
    ],
)
def test_what_does_not_fit_is_named_in_a_few_words(tmp_path, other, message):
    with pytest.raises(ConfigError, match=message) as caught:
        teacher(other.state_dict(), tmp_path / "teacher.pt")
    assert len(str(caught.value)) < 500


def test_what_fits_is_nothing_to_tell():
    network = nn.Linear(2, 3)
    assert misfit(network, network.state_dict()) == ""
