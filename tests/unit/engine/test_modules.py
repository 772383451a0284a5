"""Which modules are found behind a discriminator that may be any callable."""

import functools

import pytest
import torch
from tests._discriminators import BATCH, Generator, batch_norm, images
from tests._measure import clear, errors
from torch import nn

from onestage import OneStage
from onestage.engine import root_modules
from onestage.testing import measure_exactness, reference_gradients

F64 = torch.float64


class Networks:
    """A plain object that holds others."""

    def __init__(self, judge, other):
        self.judge, self.other = judge, other


class Trainer:
    """A plain object, as loops of one's own have it; its discriminator is one of several things."""

    shared = nn.Linear(1, 1)

    def __init__(self):
        self.judge, self.generator = nn.Linear(2, 1), nn.Linear(3, 2)
        self.networks = Networks(nn.Linear(2, 1), nn.Linear(4, 4))
        self.me = self
        self.listed = [nn.Linear(2, 1)]

    def method(self, x):
        return self.judge(x)

    def by_another_method(self, x):
        return self.method(x)

    @property
    def as_property(self):
        return self.judge

    def by_property(self, x):
        return self.as_property(x)

    def endless(self, x):
        return self.endless(x) + self.me.judge(x)

    def make_lambda(self):
        return lambda x: self.judge(x)

    def make_comprehension(self):
        return lambda xs: sum([self.judge(x) for x in xs])


class Wraps:
    """An object that can be called goes through all it holds."""

    def __init__(self, judge):
        self.judge = judge

    def __call__(self, x):
        return getattr(self, "judge")(x)  # noqa: B009


judge, d = nn.Linear(2, 1), nn.Linear(9, 9)  # globals, of which a lambda names one


def _by_default(x, judge=judge):
    return judge(x)


def _by_keyword(x, *, judge=judge):
    return judge(x)


T = Trainer()
FOUND = {
    "a module": (judge, [judge]),
    "its method": (judge.forward, [judge]),
    "a partial": (functools.partial(judge), [judge]),
    "a global": (lambda x: judge(x), [judge]),
    "an attribute named as a global is": (lambda s: s.d(judge(s)), [judge]),
    "a default": (_by_default, [judge]),
    "a keyword's default": (_by_keyword, [judge]),
    "an object that can be called": (Wraps(judge), [judge]),
    "a method of a trainer": (T.method, [T.judge]),
    "a method that calls another": (T.by_another_method, [T.judge]),
    "a property": (T.by_property, [T.judge]),
    "a method that calls itself": (T.endless, [T.judge]),
    "a lambda in a trainer": (T.make_lambda(), [T.judge]),
    "a comprehension": (T.make_comprehension(), [T.judge]),
    "a trainer's networks": (lambda x: T.networks.judge(x), [T.networks.judge, T.judge]),
    "a trainer's list": (lambda x: T.listed[0](x), T.listed),
    "a class's own": (lambda x: T.shared(x), [Trainer.shared]),
    "nothing": (lambda x: x, []),
    "a function of torch": (torch.tanh, []),
}


@pytest.mark.parametrize(("function", "expected"), FOUND.values(), ids=FOUND)
def test_modules_are_found(function, expected):
    found = root_modules(function)
    assert {id(m) for m in found} == {id(m) for m in expected}
    assert T.generator not in found and T.networks.other not in found


def test_a_long_chain_of_objects_is_no_trouble():
    first = node = Networks(None, None)
    for _ in range(20_000):
        node.other = Networks(None, node)
        node = node.other
    node.judge = judge

    def walk(x, node=first):
        while node.judge is None:
            node = node.other
        return node.judge(x)

    assert root_modules(walk) == [judge]


class Owner:
    def __init__(self):
        self.discriminator = batch_norm().double()

    def judge(self, x):
        return self.discriminator(x)


WAYS = {
    "lambda": lambda owner: lambda x: owner.discriminator(x),
    "method": lambda owner: owner.judge,
    "default": lambda owner: lambda x, net=owner.discriminator: net(x),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_plan_does_not_outlive_eval_mode(way):
    """BatchNorm couples samples in train mode alone."""
    owner, generator = Owner(), Generator().double()
    game, taken = OneStage(way(owner), "nonsaturating"), []
    for training in (False, True, False):
        owner.discriminator.train(training)
        real, fake = images(dtype=F64), generator(torch.randn(BATCH, 5, dtype=F64))
        reference = reference_gradients(way(owner), "nonsaturating", real, fake)
        clear(owner.discriminator, generator)
        taken.append(game.backward(real, fake).strategy)
        assert max(errors(owner.discriminator, generator, reference)) <= 1e-12
    assert taken == ["ratio", "dual", "ratio"]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_measuring_leaves_buffers_alone_and_a_frozen_one_is_refused(way):
    owner, generator = Owner(), Generator().double()
    before = {name: b.clone() for name, b in owner.discriminator.named_buffers()}
    real, fake = images(dtype=F64), generator(torch.randn(BATCH, 5, dtype=F64))
    measure_exactness(way(owner), "hinge", real, fake)
    after = dict(owner.discriminator.named_buffers())
    assert all(torch.equal(after[name], value) for name, value in before.items())
    owner.discriminator.requires_grad_(False)
    with pytest.raises(ValueError, match="requires_grad_"):
        OneStage(way(owner), "hinge").backward(real, fake)
