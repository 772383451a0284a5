"""Two stages pursue what one stage does: the generator's loss has all its terms."""

import copy

import pytest
import torch
from tests.unit.apps.distillation._games import classifier, generator, latents, teacher

from onestage.apps.distillation import (
    Activation,
    Balance,
    BatchNormStatistics,
    DataFreeDistillation,
    OneHot,
    TwoStage,
)
from onestage.apps.distillation._extras import weighted_sum
from onestage.apps.distillation._teacher import Teacher

EXTRAS = (BatchNormStatistics(0.7), OneHot(0.3), Balance(2.0), Activation(0.1))
SCHEMES = ((True, True), (False, True), (False, False))  # reuse, tuned


def reference(t, s, g, z, discrepancy, extras):
    """The gradient of G by a computation of its own."""
    fake = g(z)
    loss = discrepancy.phi(discrepancy.distance(s(fake), t(fake)))
    seen = Teacher(t).look(fake, moments=True, features=True)
    others, values = weighted_sum(extras, seen)
    loss = loss if others is None else loss + others
    return torch.autograd.grad(loss, list(g.parameters())), values


@pytest.mark.parametrize("extras", [(), EXTRAS])
@pytest.mark.parametrize(("reuse", "tuned"), SCHEMES)
def test_the_generators_gradient_has_every_term(reuse, tuned, extras):
    t, s, g, z = teacher(), classifier(4), generator(), latents()
    game = DataFreeDistillation(t, s, g, extras=extras)
    expected, values = reference(t, s, copy.deepcopy(g), z, game.discrepancy, extras)
    # The student stands still, so that the reference sees the one that the generator saw.
    players = torch.optim.SGD(s.parameters(), 0.0), torch.optim.SGD(g.parameters(), 0.0)
    method = TwoStage(t, s, g, game, *players, reuse=reuse, tuned=tuned)
    measured = method.cycle(lambda: z)
    for found, gradient in zip((p.grad for p in g.parameters()), expected, strict=True):
        torch.testing.assert_close(found, gradient, rtol=1e-10, atol=1e-12)
    assert set(measured) == {"student_loss", "generator_loss", "finite", *values}
    for name, value in values.items():
        torch.testing.assert_close(measured[name], value)
    assert not any(p.grad.any() for p in t.parameters() if p.grad is not None)
    assert all(p.requires_grad for p in t.parameters())


@pytest.mark.parametrize(("reuse", "tuned"), SCHEMES)
def test_a_term_that_is_not_finite_moves_no_generator(reuse, tuned):
    class Broken(OneHot):
        def __call__(self, seen):
            return super().__call__(seen) * torch.nan

    t, s, g = teacher(), classifier(4), generator()
    game = DataFreeDistillation(t, s, g, extras=[Broken()])
    players = torch.optim.SGD(s.parameters(), 0.1), torch.optim.SGD(g.parameters(), 0.1)
    method = TwoStage(t, s, g, game, *players, reuse=reuse, tuned=tuned)
    assert not method.cycle(latents)["finite"]
