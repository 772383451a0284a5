"""One backward for three networks, held against two problems taken apart."""

import copy
import math

import pytest
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from onestage.apps.adaptation import DomainAdaptation, entropy_weights, multilinear, ramp

CLASSES, FEATURES = 3, 5
OBJECTIVES = ("reversal", "swapped-labels", "wasserstein")


class Reversal(torch.autograd.Function):
    """The plain layer that people put between the features and D."""

    @staticmethod
    def forward(ctx, x, weight):
        ctx.weight = weight
        return x.view_as(x)

    @staticmethod
    def backward(ctx, gradient):
        return gradient.neg() * ctx.weight, None


def networks(conditional="none", dtype=torch.float64, coupled=False, norm=False):
    """F, C and D with smooth units; `coupled` gives D a BatchNorm, `norm` gives F one."""
    inputs = FEATURES * (1 if conditional == "none" else CLASSES)
    between = nn.BatchNorm1d(6) if coupled else nn.Identity()
    features = nn.Sequential(
        nn.Linear(4, 7), nn.BatchNorm1d(7) if norm else nn.Identity(), nn.Tanh(), nn.Linear(7, 5)
    )
    discriminator = nn.Sequential(nn.Linear(inputs, 6), between, nn.Tanh(), nn.Linear(6, 1))
    made = (features, nn.Linear(FEATURES, CLASSES), discriminator)
    return [network.to(dtype) for network in made]


def batches(num_source=6, num_target=6, dtype=torch.float64):
    source, target = torch.randn(num_source, 4), 2 * torch.randn(num_target, 4) + 1
    return source.to(dtype), torch.arange(num_source) % CLASSES, target.to(dtype)


def gradients(*players):
    return [p.grad for network in players for p in network.parameters()]


def run_features(features, source, target, forwards):
    if forwards == "joint":
        return features(torch.cat([source, target])).split([len(source), len(target)])
    return features(source), features(target)


def domain_losses(objective, logits, is_source, weights):
    """(L_D, L_F) by their formulas, each domain one half."""
    logits = logits.squeeze(1)
    if objective == "wasserstein":
        means = [
            (logits[is_source == d] * weights[is_source == d]).sum() / weights[is_source == d].sum()
            for d in (0, 1)
        ]
        return means[0] - means[1], means[1] - means[0]

    def loss(labels):
        each = binary_cross_entropy_with_logits(logits, labels, reduction="none")
        shares = [
            (each[is_source == d] * weights[is_source == d]).sum() / weights[is_source == d].sum()
            for d in (0, 1)
        ]
        return sum(shares) / 2

    found = loss(is_source)
    return found, -found if objective == "reversal" else loss(1 - is_source)


def apart(players, batch, objective, weight, conditional, forwards):
    """Two problems, each with forwards of its own: D's with constant features, then F's and C's."""
    source, labels, target = batch
    features, classifier, discriminator = copy.deepcopy(players)
    trained = []
    for who in ("discriminator", "features"):
        f, c, d = copy.deepcopy((features, classifier, discriminator))
        own, others = run_features(f, source, target, forwards)
        seen = torch.cat([own, others])
        is_source = torch.cat([torch.ones(len(own)), torch.zeros(len(others))]).double()
        weights = torch.ones_like(is_source)
        if conditional != "none":
            # Single precision, as the engine has it: the predictions are constants.
            guesses = c(seen).detach().float().softmax(1)
            weights = entropy_weights(guesses).double() if conditional == "cdan-e" else weights
            seen = multilinear(seen, guesses)
        if who == "discriminator":
            domain_losses(objective, d(seen.detach()), is_source, weights)[0].backward()
            trained.append(gradients(d))
        else:
            adversarial = domain_losses(objective, d(seen), is_source, weights)[1]
            (cross_entropy(c(own), labels) + weight * adversarial).backward()
            trained.append(gradients(f, c))
    return trained


@pytest.mark.parametrize("forwards", ["apart", "joint"])
@pytest.mark.parametrize("coupled", [False, True])
@pytest.mark.parametrize("conditional", ["none", "cdan", "cdan-e"])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_gradients_are_those_of_two_problems_taken_apart(objective, conditional, coupled, forwards):
    players = networks(conditional, coupled=coupled, norm=True)
    batch = batches(6, 4)
    expected = apart(players, batch, objective, 0.3, conditional, forwards)
    options = {"conditional": conditional, "forwards": forwards, "gradient_penalty": 0.0}
    game = DomainAdaptation(*players, objective, 0.3, **options)
    result = game.backward(*batch)
    for ours, theirs in zip(
        gradients(players[2]) + gradients(*players[:2]), expected[0] + expected[1], strict=True
    ):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-13)
    cheap = "reversal" if objective != "swapped-labels" else ("dual" if coupled else "ratio")
    assert result.strategy == cheap
    assert result.finite


@pytest.mark.parametrize("conditional", ["none", "cdan"])
@pytest.mark.parametrize("batch_size", [5, 8])
def test_reversal_is_bit_for_bit_a_gradient_reversal_layer(batch_size, conditional):
    players = networks(conditional, torch.float32, norm=True)
    plain = copy.deepcopy(players)
    optimizers = [
        [torch.optim.Adam(network.parameters(), 1e-2) for network in side]
        for side in (players, plain)
    ]
    schedule = ramp(0.7, 4)
    game = DomainAdaptation(*players, "reversal", schedule, conditional=conditional)
    for step in range(4):
        source, labels, target = batches(batch_size, batch_size, torch.float32)
        for optimizer in (*optimizers[0], *optimizers[1]):
            optimizer.zero_grad()
        game.backward(source, labels, target)
        features, classifier, discriminator = plain
        own, others = features(source), features(target)
        logits, seen = classifier(own), torch.cat([own, others])
        if conditional == "cdan":
            seen = multilinear(seen, torch.cat([logits, classifier(others)]).detach().softmax(1))
        domains = torch.cat([torch.ones(batch_size), torch.zeros(batch_size)])
        said = discriminator(Reversal.apply(seen, schedule(step))).squeeze(1)
        loss = cross_entropy(logits, labels) + binary_cross_entropy_with_logits(said, domains)
        loss.backward()
        for ours, theirs in zip(gradients(*players), gradients(*plain), strict=True):
            assert torch.equal(ours, theirs)
        for optimizer in (*optimizers[0], *optimizers[1]):
            optimizer.step()
    for ours, theirs in zip(players, plain, strict=True):
        for a, b in zip(ours.state_dict().values(), theirs.state_dict().values(), strict=True):
            assert torch.equal(a, b)


def test_apart_keeps_the_domains_apart_in_batch_norm():
    """Source features do not change with the target; as one batch they do."""
    features = networks(norm=True)[0]
    source, _, target = batches()
    alone = features(source)
    assert torch.equal(run_features(features, source, target, "apart")[0], alone)
    assert not torch.equal(run_features(features, source, target, "joint")[0], alone)


def test_the_gradient_penalty_reaches_d_alone():
    players = networks()
    plain = copy.deepcopy(players)
    batch = batches()
    for chosen, weight in ((players, 10.0), (plain, 0.0)):
        torch.manual_seed(1)
        game = DomainAdaptation(*chosen, "wasserstein", gradient_penalty=weight)
        result = game.backward(*batch)
        assert (result.gradient_penalty > 0) == (weight > 0)
    for ours, theirs in zip(gradients(*players[:2]), gradients(*plain[:2]), strict=True):
        assert torch.equal(ours, theirs)
    assert not torch.equal(players[2][0].weight.grad, plain[2][0].weight.grad)


def test_the_gradient_penalty_is_that_of_its_formula():
    players = networks()
    source, labels, target = batches()
    torch.manual_seed(1)
    game = DomainAdaptation(*players, "wasserstein", gradient_penalty=10.0)
    result = game.backward(source, labels, target)
    torch.manual_seed(1)
    with torch.no_grad():
        own, others = players[0](source), players[0](target)
        points = torch.lerp(own, others, torch.rand(6).double().view(-1, 1))
    points.requires_grad_()
    (slope,) = torch.autograd.grad(players[2](points).sum(), points)
    expected = 10 * (slope.norm(dim=1) - 1).square().mean()
    torch.testing.assert_close(result.gradient_penalty, expected, rtol=1e-12, atol=0)


def test_micro_batches_add_up_and_the_schedule_waits_for_the_optimiser():
    players = networks()
    whole = copy.deepcopy(players)
    seen = []

    def schedule(step):
        seen.append(step)
        return 0.5

    game, other = DomainAdaptation(*players, "reversal", schedule), DomainAdaptation(*whole)
    optimizer = torch.optim.SGD(players[2].parameters(), 0.1)
    source, labels, target = batches(8, 8)
    for part in range(2):
        rows = slice(4 * part, 4 * part + 4)
        game.backward(source[rows], labels[rows], target[rows], scale=0.5)
    other._weight = 0.5
    other.backward(source, labels, target)
    for ours, theirs in zip(gradients(*players), gradients(*whole), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-13)
    optimizer.step()
    game.backward(source, labels, target)
    assert seen == [0, 0, 1]
    again = DomainAdaptation(*players, "reversal", schedule)
    again.load_state_dict(game.state_dict())
    again.backward(source, labels, target)
    assert seen[-1] == 1


def test_what_a_call_tells():
    players = networks()
    source, labels, target = batches()
    game = DomainAdaptation(*players, "swapped-labels", 0.25)
    result = game.backward(source, labels, target)
    logits = players[1](players[0](source))
    torch.testing.assert_close(result.classification_loss, cross_entropy(logits, labels))
    assert result.source_accuracy == (logits.argmax(1) == labels).float().mean()
    assert result.weight == 0.25
    assert 0 <= result.domain_accuracy <= 1
    assert not any(value.requires_grad for value in vars(result).values() if torch.is_tensor(value))
    assert game.domain_accuracy(source, target) == result.domain_accuracy
    assert "ratio" in game.explain()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s, y, t: (s, y, t[:0]), "target batch is empty"),
        (lambda s, y, t: (s[:0], y[:0], t), "source batch is empty"),
        (lambda s, y, t: (s, y[:-1], t), "one class number for each"),
        (lambda s, y, t: (s, y + 1, t), "with 4 classes or more"),
        (lambda s, y, t: (s, y - 1, t), "labels from -1"),
    ],
)
def test_a_wrong_batch_is_refused_and_changes_nothing(change, message):
    players = networks()
    with pytest.raises(ValueError, match=message):
        DomainAdaptation(*players).backward(*change(*batches()))
    assert all(gradient is None for gradient in gradients(*players))


class Shaped(nn.Module):
    """A discriminator whose outputs have any shape."""

    def __init__(self, *shape):
        super().__init__()
        self.shape = shape
        self.layer = nn.Linear(FEATURES, math.prod(shape)).double()

    def forward(self, features):
        return self.layer(features).view(len(features), *self.shape)


@pytest.mark.parametrize("objective", ["reversal", "swapped-labels"])
@pytest.mark.parametrize("shape", [(2,), (3,), (2, 4, 4)])
def test_logits_by_class_are_refused_and_change_nothing(objective, shape):
    players = [*networks()[:2], Shaped(*shape)]
    with pytest.raises(ValueError, match=r"and one logit per sample is meant, .* their difference"):
        DomainAdaptation(*players, objective).backward(*batches())
    assert all(gradient is None for gradient in gradients(*players))


@pytest.mark.parametrize("shape", [(), (1,), (1, 2, 2), (2, 2), (1, 2, 2, 2)])
def test_one_logit_or_a_map_of_them_is_taken(shape):
    players = [*networks()[:2], Shaped(*shape)]
    result = DomainAdaptation(*players).backward(*batches())
    assert result.finite
    assert all(gradient is not None for gradient in gradients(players[2]))


def test_a_critic_wants_a_word_on_its_penalty():
    with pytest.raises(ValueError, match="needs a Lipschitz critic; give gradient_penalty=10, or"):
        DomainAdaptation(*networks(), "wasserstein")
    for weight in (0.0, 10.0):
        DomainAdaptation(*networks(), "wasserstein", gradient_penalty=weight)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"objective": "mmd"}, "Unknown objective 'mmd'. Known: reversal"),
        ({"conditional": "yes"}, "Unknown conditional"),
        ({"forwards": "both"}, "Unknown forwards"),
        ({"objective": "swapped-labels", "strategy": "reversal"}, "cannot be exact"),
    ],
)
def test_a_wrong_option_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        DomainAdaptation(*networks(), **options)
