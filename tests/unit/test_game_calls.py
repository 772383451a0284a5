"""The three methods, their options, and games that share parts."""

import pytest
import torch
from tests._discriminators import BATCH, Generator, Plain, group_norm, images
from tests._measure import clear, errors, grads
from torch import nn

from onestage import R1, JointLoss, OneStage, SeparableLoss
from onestage.losses import relativistic
from onestage.testing import reference_gradients, relative_error

F64 = torch.float64
CASES = [
    ("minimax", "reversal"),
    ("minimax", "dual"),
    ("hinge", "ratio"),
    ("hinge", "dual"),
    ("relativistic", "ratio"),
    ("relativistic", "dual"),
]


@pytest.fixture
def players():
    return group_norm().double(), Generator().double()


def _batch(generator, batch=BATCH):
    return images(batch, dtype=F64), generator(torch.randn(batch, 5, dtype=F64))


@pytest.mark.parametrize(("loss", "strategy"), CASES)
def test_gradients_are_added(players, loss, strategy):
    discriminator, generator = players
    real, fake = _batch(generator)
    reference = reference_gradients(discriminator, loss, real, fake)
    before = {}
    for weight in (*discriminator.parameters(), *generator.parameters()):
        weight.grad = torch.randn_like(weight)
        before[weight] = weight.grad.clone()
    OneStage(discriminator, loss, strategy=strategy).backward(real, fake)
    for module, expected in zip(
        players, (reference.discriminator, reference.generator), strict=True
    ):
        added = {p: p.grad - before[p] for p in module.parameters()}
        assert relative_error(added, expected) <= 1e-12


@pytest.mark.parametrize(("loss", "strategy"), CASES)
@pytest.mark.parametrize("as_tensor", [False, True], ids=["float", "tensor"])
def test_generator_weight_scale_and_generator_loss(players, loss, strategy, as_tensor):
    discriminator, generator = players
    real, fake = _batch(generator)
    options = {"generator_weight": 0.3, "scale": 128.0}
    if as_tensor:
        options = {name: torch.tensor(value) for name, value in options.items()}
    options["generator_loss"] = (
        10 * (fake - real).abs().mean() + discriminator.features(fake).square().mean()
    )
    reference = reference_gradients(discriminator, loss, real, fake, penalties=[R1(2.0)], **options)
    game = OneStage(discriminator, loss, strategy=strategy, penalties=[R1(2.0)])
    step = game.backward(real, fake, **options)
    assert max(errors(discriminator, generator, reference)) <= 1e-12
    torch.testing.assert_close(step.discriminator_loss, reference.discriminator_loss)
    torch.testing.assert_close(step.generator_loss, reference.generator_loss)


@pytest.mark.parametrize(("loss", "strategy"), CASES)
def test_a_weight_that_is_learned_elsewhere_is_a_constant(players, loss, strategy):
    discriminator, generator = players
    weight = torch.tensor(0.5, dtype=F64, requires_grad=True)
    _, gradient = OneStage(discriminator, loss, strategy=strategy).gradients(
        *_batch(generator), generator_weight=weight
    )
    assert not gradient.requires_grad


def test_joint_outputs_beside_the_logits_need_not_pair():
    """The loss pairs logits; features may have other shapes on each side."""
    discriminator, generator = Plain(), Generator()
    game = OneStage(
        lambda x, more: {"logits": discriminator(x), "features": x.flatten(1)[:, :more]},
        relativistic(logits=lambda outputs: outputs["logits"]),
    )
    real, fake = images(), generator(torch.randn(BATCH, 5))
    assert game.backward(real, fake, real_args=(3,), fake_args=(4,)).finite


@pytest.mark.parametrize(("loss", "strategy"), CASES)
def test_generator_loss_never_reaches_d(players, loss, strategy):
    """A term that runs D again trains G through it."""
    discriminator, generator = players
    real, fake = _batch(generator)
    reference = reference_gradients(discriminator, loss, real, fake)
    OneStage(discriminator, loss, strategy=strategy).backward(
        real, fake, generator_loss=1e3 * discriminator(fake * 2).square().sum()
    )
    assert relative_error(grads(discriminator), reference.discriminator) <= 1e-12


class Both(nn.Module):
    """Both players in one module, and an encoder that only a term of G's own reaches."""

    def __init__(self) -> None:
        super().__init__()
        self.discriminator, self.generator = WithHead(), Generator()
        self.encoder = nn.Linear(3, 1)

    def judge(self, sample):
        return self.discriminator(sample)


class WithHead(Plain):
    def __init__(self) -> None:
        super().__init__()
        self.head_of_its_own = nn.Linear(4 * 3 * 3, 1)


WAYS = {
    "module": lambda both: both.discriminator,
    "its method": lambda both: both.discriminator.forward,
    "lambda": lambda both: lambda x, d=both.discriminator: d(x),
    "a method of both": lambda both: both.judge,
}


@pytest.mark.parametrize("way", WAYS)
def test_generator_loss_never_reaches_a_head_of_d_that_no_output_has(way):
    both = Both()
    fake = both.generator(torch.randn(BATCH, 5))
    hidden = both.discriminator.features(fake).flatten(1)
    told = both.discriminator.head_of_its_own(hidden).mean()
    extra = told + both.encoder(torch.ones(1, 3)).sum()
    OneStage(WAYS[way](both), "hinge").backward(images(), fake, generator_loss=extra)
    assert all(
        p.grad is not None for p in (*both.encoder.parameters(), *both.generator.parameters())
    )
    if way != "a method of both":  # then nothing tells D's head from G's encoder
        assert both.discriminator.head_of_its_own.weight.grad is None


@pytest.mark.parametrize(("loss", "strategy"), CASES)
def test_a_fake_whose_graph_is_shared_with_another_loss(players, loss, strategy):
    """The encoder feeds G and a loss of its own; both are in one backward."""
    discriminator, generator = players
    encoder = nn.Linear(5, 5).double()
    code = encoder(torch.randn(BATCH, 5, dtype=F64))
    real, fake = images(dtype=F64), generator(code)
    extra = code.square().mean()
    reference = reference_gradients(discriminator, loss, real, fake, generator_loss=extra)
    OneStage(discriminator, loss, strategy=strategy).backward(real, fake, generator_loss=extra)
    assert relative_error(grads(generator, encoder), reference.generator) <= 1e-12
    assert encoder.weight in reference.generator


@pytest.mark.parametrize(("loss", "strategy"), CASES)
def test_generator_loss_of_weights_that_the_fake_does_not_reach(players, loss, strategy):
    discriminator, generator = players
    other = nn.Linear(3, 1).double()
    real, fake = _batch(generator)
    extra = other(torch.ones(1, 3, dtype=F64)).sum() + fake.mean()
    reference = reference_gradients(discriminator, loss, real, fake, generator_loss=extra)
    OneStage(discriminator, loss, strategy=strategy).backward(real, fake, generator_loss=extra)
    assert relative_error(grads(generator, other), reference.generator) <= 1e-12


@pytest.mark.parametrize(("loss", "strategy"), CASES)
def test_gradients_leaves_the_generator_alone(players, loss, strategy):
    discriminator, generator = players
    real, fake = _batch(generator)
    reference = reference_gradients(discriminator, loss, real, fake)
    game = OneStage(discriminator, loss, strategy=strategy)
    step, at_fake = game.gradients(real, fake)
    assert step.strategy == strategy
    assert not grads(generator)
    torch.testing.assert_close(at_fake, reference.fake[0], rtol=1e-12, atol=1e-14)
    fake.backward(at_fake)
    assert max(errors(discriminator, generator, reference)) <= 1e-12


@pytest.mark.parametrize(("loss", "strategy"), CASES)
def test_two_games_that_share_a_generator(loss, strategy):
    """Two discriminators, one backward of G."""
    generator = Generator().double()
    discriminators = [Plain().double(), group_norm().double()]
    real, fake = _batch(generator)
    references = [reference_gradients(d, loss, real, fake) for d in discriminators]
    games = [OneStage(d, loss, strategy=strategy) for d in discriminators]
    total = sum(game.gradients(real, fake)[1] for game in games)
    fake.backward(total)
    expected = {p: sum(r.generator[p] for r in references) for p in generator.parameters()}
    assert relative_error(grads(generator), expected) <= 1e-12
    for discriminator, reference in zip(discriminators, references, strict=True):
        assert relative_error(grads(discriminator), reference.discriminator) <= 1e-12


def test_two_generators_in_one_backward():
    """A cycle: each game's fake comes out of the other's generator."""
    there, back = Generator().double(), nn.Conv2d(2, 2, 1).double()
    d_there, d_back = Plain().double(), Plain().double()
    real = images(dtype=F64)
    fake = there(torch.randn(BATCH, 5, dtype=F64))
    again = back(fake)
    references = [
        reference_gradients(d_there, "hinge", real, fake),
        reference_gradients(d_back, "hinge", real, again),
    ]
    _, first = OneStage(d_there, "hinge").gradients(real, fake)
    _, second = OneStage(d_back, "hinge").gradients(real, again)
    torch.autograd.backward([fake, again], [first, second])
    zero = torch.zeros(1, dtype=F64)
    expected = {
        p: sum(r.generator.get(p, zero) for r in references)
        for p in (*there.parameters(), *back.parameters())
    }
    assert relative_error(grads(there, back), expected) <= 1e-12


@pytest.mark.parametrize("loss", ["minimax", "hinge", "relativistic"])
@pytest.mark.parametrize("detached", [True, False])
def test_discriminator_backward(players, loss, detached):
    discriminator, generator = players
    real, fake = _batch(generator)
    reference = reference_gradients(discriminator, loss, real, fake, penalties=[R1(1.0)], scale=3.0)
    game = OneStage(discriminator, loss, penalties=[R1(1.0)])
    step = game.discriminator_backward(real, fake.detach() if detached else fake, scale=3.0)
    assert step.strategy == "discriminator"
    assert relative_error(grads(discriminator), reference.discriminator) <= 1e-12
    assert not grads(generator)
    torch.testing.assert_close(step.generator_loss, reference.generator_loss)
    if not detached:
        fake.sum().backward()  # its graph is untouched


@pytest.mark.parametrize(("loss", "strategy"), CASES)
def test_accumulation_over_micro_batches(players, loss, strategy):
    discriminator, generator = players
    real, latents = images(8, dtype=F64), torch.randn(8, 5, dtype=F64)
    reference = reference_gradients(discriminator, loss, real, generator(latents))
    game = OneStage(discriminator, loss, strategy=strategy)
    for part in (slice(0, 2), slice(2, 4), slice(4, 6), slice(6, 8)):
        game.backward(real[part], generator(latents[part]), scale=0.25)
    assert max(errors(discriminator, generator, reference)) <= 1e-12


def test_the_result_is_detached_and_unscaled(players):
    discriminator, generator = players
    real, fake = _batch(generator)
    game = OneStage(discriminator, "hinge", penalties=[R1(2.0, every=4)])
    step = game.backward(real, fake, scale=1000.0, generator_weight=0.1)
    parts = [
        step.discriminator_loss,
        step.generator_loss,
        *step.penalties.values(),
        step.real_outputs,
        step.fake_outputs,
        step.finite,
    ]
    assert not any(part.requires_grad for part in parts)
    assert step.finite.dtype is torch.bool and step.finite.ndim == 0 and step.finite
    sample = real.clone().requires_grad_()
    value = R1(2.0)(sample, discriminator(sample))
    torch.testing.assert_close(step.penalties["r1"], value.detach())


@pytest.mark.parametrize("where", ["fake gradient", "generator_loss", "loss"])
def test_finite_says_where_a_step_must_be_skipped(players, where):
    discriminator, generator = players
    game = OneStage(discriminator, "least_squares")
    real, fake = _batch(generator)
    assert game.backward(real, fake).finite
    clear(*players)
    real, fake = _batch(generator)
    options = {}
    if where == "fake gradient":
        options["scale"] = torch.tensor(float("inf"))
    elif where == "generator_loss":
        options["generator_loss"] = fake.sum() * float("nan")
    else:
        real = real * float("inf")
    assert not game.backward(real, fake, **options).finite


def test_lazy_penalties_count_optimizer_steps(players):
    """Two micro-batches are one step; the weight makes up for the interval."""
    discriminator, generator = players
    game = OneStage(discriminator, "hinge", penalties=[R1(1.0, every=3)])
    optimizer = torch.optim.SGD(discriminator.parameters(), lr=1e-3)
    applied = []
    for _ in range(7):
        results = [game.backward(*_batch(generator)) for _ in range(2)]
        applied += ["r1" in step.penalties for step in results]
        optimizer.step()
    assert applied == [True, True, *[False] * 4] * 2 + [True, True]


@pytest.mark.parametrize("due", [True, False])
def test_a_lazy_penalty_is_every_times_as_strong(players, due):
    discriminator, generator = players
    penalty = R1(1.0, every=5)
    game = OneStage(discriminator, "hinge", penalties=[penalty])
    if not due:
        game.backward(*_batch(generator))
        torch.optim.SGD(discriminator.parameters(), lr=1e-3).step()
        clear(*players)
    real, fake = _batch(generator)
    reference = reference_gradients(
        discriminator, "hinge", real, fake, penalties=[penalty] if due else []
    )
    game.backward(real, fake)
    assert max(errors(discriminator, generator, reference)) <= 1e-12


def test_state_goes_on_where_it_was_saved(players):
    discriminator, generator = players
    optimizer = torch.optim.SGD(discriminator.parameters(), lr=1e-3)

    def applied(game, steps):
        found = []
        for _ in range(steps):
            found.append("r1" in game.backward(*_batch(generator)).penalties)
            optimizer.step()
        return found

    whole = applied(OneStage(discriminator, "hinge", penalties=[R1(1.0, every=4)]), 10)
    first = OneStage(discriminator, "hinge", penalties=[R1(1.0, every=4)])
    found = applied(first, 3)
    second = OneStage(discriminator, "hinge", penalties=[R1(1.0, every=4)])
    second.load_state_dict(first.state_dict())
    assert found + applied(second, 7) == whole


def test_a_loss_with_state_commits_once_per_call_and_is_saved(players):
    class Mean:
        value = torch.zeros((), dtype=F64)
        calls = 0

        def commit(self, real_outputs, fake_outputs):
            assert not real_outputs.requires_grad and not fake_outputs.requires_grad
            self.value = 0.5 * self.value + 0.5 * (real_outputs.mean() - fake_outputs.mean())
            self.calls += 1

        def state_dict(self):
            return {"value": self.value}

        def load_state_dict(self, state):
            self.value = state["value"]

    def build():
        mean = Mean()
        loss = JointLoss(
            lambda r, f: f.mean() - r.mean() + mean.value * r.mean(),
            lambda _, f: -f.mean(),
            reversal=-1.0,
            commit=mean.commit,
            state=mean,
        )
        return mean, OneStage(players[0], loss)

    mean, game = build()
    game.backward(*_batch(players[1]))
    game.discriminator_backward(*_batch(players[1]))
    game.gradients(*_batch(players[1]))
    assert mean.calls == 3
    other, resumed = build()
    resumed.load_state_dict(game.state_dict())
    assert other.value.equal(mean.value) and mean.value != 0


def test_reversal_is_read_at_every_step(players):
    """DANN's schedule: a callable, and a tensor that is changed in place."""
    discriminator, generator = players
    strength = torch.tensor(0.0, dtype=F64)

    def build(reversal):
        return SeparableLoss(
            lambda r: (1 - r).relu().mean(),
            lambda f: f.square().mean(),
            lambda _, f: -strength * f.square().mean(),
            reversal=reversal,
        )

    for loss in (build(lambda: -strength), build(lambda: -float(strength))):
        game = OneStage(discriminator, loss)
        for value in (1.0, 0.25, 3.0):
            strength.fill_(value)
            clear(*players)
            real, fake = _batch(generator)
            reference = reference_gradients(discriminator, loss, real, fake, generator_weight=2.0)
            assert game.backward(real, fake, generator_weight=2.0).strategy == "reversal"
            assert max(errors(discriminator, generator, reference)) <= 1e-12


def test_plain_functions_are_losses(players):
    discriminator, generator = players
    pair = (lambda r, f: (f - r).exp().mean(), lambda r, f: (r - f).exp().mean())
    triple = (
        lambda r: (r - 1).square().mean(),
        lambda f: f.square().mean(),
        lambda r, f: (f - r.mean()).square().mean(),
    )
    for loss in (pair, triple):
        real, fake = _batch(generator)
        clear(*players)
        reference = reference_gradients(discriminator, loss, real, fake)
        assert OneStage(discriminator, loss).backward(real, fake).strategy == "ratio"
        assert max(errors(discriminator, generator, reference)) <= 1e-12


def test_works_inside_no_grad(players):
    """A caller's no_grad does not silence the engine."""
    discriminator, generator = players
    real, fake = _batch(generator)
    reference = reference_gradients(discriminator, "hinge", real, fake)
    with torch.no_grad():
        OneStage(discriminator, "hinge").backward(real, fake)
    assert max(errors(discriminator, generator, reference)) <= 1e-12


def test_generator_loss_does_not_reach_an_auxiliary_head_of_d_either():
    class WithAuxiliary(Plain):
        def __init__(self):
            super().__init__()
            self.auxiliary = nn.Linear(2 * 6 * 6, 1)

    discriminator, generator = WithAuxiliary(), Generator()
    fake = generator(torch.randn(BATCH, 5))
    extra = discriminator.auxiliary(fake.flatten(1)).mean()
    OneStage(discriminator, "hinge").backward(images(), fake, generator_loss=extra)
    assert discriminator.auxiliary.weight.grad is None
    assert generator.first.weight.grad is not None
