"""One backward gives both players the gradients of two, with a teacher that is trained."""

import copy
import re

import pytest
import torch
from tests.unit.apps.distillation._games import classifier, digits, generator, latents, teacher
from torch import nn

from onestage.apps.distillation import (
    DISCREPANCIES,
    AttentionTransfer,
    Balance,
    BatchNormStatistics,
    DataFreeDistillation,
    OneHot,
    dafl_extras,
    kl,
)
from onestage.apps.distillation._attention import attention
from onestage.apps.distillation._extras import weighted_sum
from onestage.apps.distillation._teacher import Teacher

EXTRAS = (BatchNormStatistics(0.7), OneHot(0.3), Balance(2.0))


def gradients(network):
    return [p.grad for p in network.parameters()]


def separate(t, s, g, z, which, extras, transfer):
    """Both players' gradients, each from a computation of its own; T is differentiated for G."""
    s_d, s_g, g = copy.deepcopy(s), copy.deepcopy(s), copy.deepcopy(g)
    fake = g(z)
    loss = which.distance(s_d(fake.detach()), t(fake.detach()).detach())
    if transfer is not None:
        ours, theirs = (attention(network[0](fake.detach())) for network in (s_d, t))
        loss = loss + transfer.distance([ours], [theirs.detach()])
    of_student = torch.autograd.grad(loss, list(s_d.parameters()))
    loss = which.phi(which.distance(s_g(fake), t(fake)))
    others, _ = weighted_sum(extras, Teacher(t).look(fake, moments=bool(extras)))
    loss = loss if others is None else loss + others
    return of_student, torch.autograd.grad(loss, list(g.parameters()))


def assert_equal(found, expected):
    # A bias before BatchNorm has the gradient 0 up to rounding, so all are taken together.
    found, expected = (torch.cat([x.flatten() for x in side]) for side in (found, expected))
    assert expected.norm() > 1e-6
    assert (found - expected).norm() <= 1e-12 * expected.norm()


@pytest.mark.parametrize("transfer", [None, AttentionTransfer(["0"], ["0"], 50.0)])
@pytest.mark.parametrize("extras", [(), EXTRAS])
@pytest.mark.parametrize("name", DISCREPANCIES)
def test_gradients_are_those_of_two_computations(name, extras, transfer):
    t, s, g, z = teacher(), classifier(4), generator(), latents()
    expected = separate(t, s, g, z, DISCREPANCIES[name](), extras, transfer)
    game = DataFreeDistillation(t, s, g, discrepancy=name, extras=extras, attention=transfer)
    result = game.backward(z)
    assert result.strategy == ("reversal" if transfer is None else "dual")
    assert_equal(gradients(s), expected[0])
    assert_equal(gradients(g), expected[1])
    assert gradients(t) == [None] * len(gradients(t))
    assert all(p.requires_grad for p in t.parameters())
    assert set(result.extras) == {extra.name for extra in extras}
    assert bool(result.finite)


def test_the_teacher_of_these_tests_is_trained():
    images, labels = digits().take(torch.arange(1400)).double(), digits().labels
    assert (teacher()(images).argmax(1) == labels).double().mean() > 0.9


def test_without_the_teachers_path_the_generators_gradient_is_another():
    """What published student steps would give if they were fused as they are."""
    t, s, g, z = teacher(), classifier(4), generator(), latents()
    _, whole = separate(t, s, g, z, kl(), (), None)
    fake = g(z)
    half = torch.autograd.grad(-kl().distance(s(fake), t(fake).detach()), list(g.parameters()))
    a, b = (torch.cat([x.flatten() for x in side]) for side in (whole, half))
    assert torch.nn.functional.cosine_similarity(a, b, dim=0) < 0.8


def test_gradients_are_added_and_scaled():
    t, s, g, z = teacher(), classifier(4, batch_norm=False), generator(), latents()
    game = DataFreeDistillation(t, s, g, extras=[OneHot(0.5)])
    game.backward(z)
    once = [[x.clone() for x in gradients(network)] for network in (s, g)]
    game.backward(z, scale=0.5)
    for network, first in zip((s, g), once, strict=True):
        assert_equal(gradients(network), [1.5 * x for x in first])


def test_a_plain_step_trains_the_student_alone():
    t, s, g, z = teacher(), classifier(4), generator(), latents()
    expected, _ = separate(t, s, g, z, DISCREPANCIES["l1"](), (), None)
    result = DataFreeDistillation(t, s, g).student_backward(z)
    assert_equal(gradients(s), expected)
    assert gradients(g) == [None] * len(gradients(g))
    assert result.generator_loss is None


def test_one_cycle_is_k_student_steps_and_one_of_the_generator():
    t, s, g = teacher(), classifier(4), generator()
    calls = {"s": 0, "g": 0, "t": 0}
    for name, network in (("s", s), ("g", g), ("t", t)):
        network.register_forward_hook(
            lambda *_, name=name: calls.__setitem__(name, calls[name] + 1)
        )
    before = [copy.deepcopy(network.state_dict()) for network in (t, g)]
    game = DataFreeDistillation(t, s, g, student_steps=3)
    game.cycle(latents, torch.optim.SGD(s.parameters(), 0.1), torch.optim.Adam(g.parameters()))
    assert calls == {"s": 3, "g": 3, "t": 3}
    assert all(torch.equal(x, t.state_dict()[name]) for name, x in before[0].items())
    assert not torch.equal(before[1]["0.weight"], g.state_dict()["0.weight"])


def test_dafl_trains_the_generator_without_the_student():
    t, s, g, z = teacher(), classifier(4), generator(), latents()
    twin = copy.deepcopy(g)
    DataFreeDistillation(t, s, g, extras=dafl_extras(), adversarial_weight=0.0).backward(z)
    seen = Teacher(t).look(twin(z), features=True)
    loss, _ = weighted_sum(dafl_extras(), seen)
    assert_equal(gradients(g), torch.autograd.grad(loss, list(twin.parameters())))
    assert all(x is not None for x in gradients(s))


class Detached(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x.detach())


@pytest.mark.parametrize(
    "wrap", [lambda t: Detached(t).eval(), torch.no_grad(), torch.inference_mode()]
)
def test_a_teacher_that_is_not_differentiable_is_refused(wrap):
    s, g = classifier(4), generator()
    game = DataFreeDistillation(wrap(teacher()), s, g)
    with pytest.raises(ValueError, match="teacher is not differentiable"):
        game.backward(latents())
    assert gradients(s) + gradients(g) == [None] * len(gradients(s) + gradients(g))


def test_a_teacher_in_train_mode_is_refused():
    t = teacher()
    t[1].train()
    with pytest.raises(ValueError, match=re.escape("its layer 1 (BatchNorm2d) is in train mode")):
        DataFreeDistillation(t, classifier(4), generator())
    t.eval()
    game = DataFreeDistillation(t, classifier(4), generator())
    t.train()
    for step in (game.backward, game.student_backward):
        with pytest.raises(ValueError, match="in train mode"):
            step(latents())


def test_other_shapes_are_refused():
    game = DataFreeDistillation(teacher(), classifier(4, classes=7), generator())
    for step in (game.backward, game.student_backward):
        with pytest.raises(ValueError, match=r"\[12, 7\], the teacher \[12, 10\]"):
            step(latents())


def test_a_detached_generator_is_refused():
    g = generator()
    game = DataFreeDistillation(teacher(), classifier(4), lambda z: g(z).detach())
    with pytest.raises(ValueError, match="generator's samples are detached"):
        game.backward(latents())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"discrepancy": "l3"}, "Known: l1"),
        ({"student_steps": 0}, "at least 1"),
        ({"extras": [OneHot(), OneHot(2.0)]}, "the same name"),
        ({"adversarial_weight": 0.0}, "Nothing would train the generator"),
        ({"adversarial_weight": -1.0}, "0 or more"),
        ({"attention": AttentionTransfer(["nose"], ["0"])}, "student has no layer 'nose'"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(options, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        DataFreeDistillation(teacher(), classifier(4), generator(), **options)


def test_a_teacher_without_batch_norm_has_no_statistics():
    t = classifier(batch_norm=False).eval()
    game = DataFreeDistillation(t, classifier(4), generator(), extras=[BatchNormStatistics()])
    with pytest.raises(ValueError, match="no BatchNorm layer"):
        game.backward(latents())
