"""Every refusal: its words, and `.grad` of both players exactly as it was."""

import pytest
import torch
from tests._discriminators import (
    BATCH,
    Checkpointed,
    Conditional,
    Generator,
    MinibatchStddev,
    Patch,
    Plain,
    batch_norm,
    images,
)
from torch import nn
from torch.utils.checkpoint import CheckpointError, checkpoint

from onestage import R1, GradientPenalty, JointLoss, LeCam, OneStage, SeparableLoss
from onestage.losses import fisher, hinge, wasserstein
from onestage.networks import CGANDiscriminator


class Explodes(torch.autograd.Function):
    """Its backward raises."""

    @staticmethod
    def forward(ctx, tensor):
        return tensor.clone()

    @staticmethod
    def backward(ctx, gradient):
        raise RuntimeError("boom on the way back")


class FakeExplodes(Plain):
    """The body of the walk back raises, after the head has its gradient; real samples pass."""

    def forward(self, sample, explode=False):
        hidden = self.features(sample)
        hidden = Explodes.apply(hidden) if explode else hidden
        return self.head(hidden.flatten(1)).view(-1)


class FailsOnSecond(Plain):
    calls = 0

    def forward(self, sample):
        self.calls += 1
        if self.calls % 2 == 0:
            raise RuntimeError("boom on the way forward")
        return super().forward(sample)


class DetachesInput(Plain):
    def forward(self, sample):
        return super().forward(sample.detach())


def _exploding_generator() -> nn.Module:
    class ExplodingGenerator(Generator):
        def forward(self, latents):
            hidden = nn.functional.leaky_relu(self.first(latents), 0.2).view(-1, 4, 6, 6)
            return self.last(Explodes.apply(hidden)).tanh()

    return ExplodingGenerator()


def _cgan() -> nn.Module:
    return CGANDiscriminator(image_size=16, channels=1, base_width=2, num_classes=3)


def _shaped(build, generator) -> tuple[torch.Tensor, torch.Tensor]:
    """A real and a fake batch that `build()` takes."""
    real, fake = images(), generator(torch.randn(BATCH, 5))
    if build is not _cgan:
        return real, fake
    return torch.randn(BATCH, 1, 16, 16), nn.functional.interpolate(fake[:, :1], size=16)


class InPlace(Plain):
    def forward(self, sample):
        return super().forward(nn.functional.leaky_relu_(sample, 0.2))


class DetachesLogits(Plain):
    """Its features depend on the sample, its logit does not."""

    def forward(self, sample):
        hidden = self.features(sample).flatten(1)
        return [self.head(hidden.detach()).view(-1), hidden]


class BrokenPenalty:
    name, branch, every = "broken", "fake", 1

    def __call__(self, sample, logits):
        raise RuntimeError("boom in the penalty")


class Penalises:
    name, every = "mine", 1

    def __init__(self, branch):
        self.branch = branch

    def __call__(self, sample, logits):
        return logits.square().mean()


HINGE = (
    lambda r: (1 - r).relu().mean(),
    lambda f: (1 + f).relu().mean(),
    lambda _, f: -f.mean(),
)


def _loss(**changes):
    terms = dict(zip(("real", "fake", "generator"), HINGE, strict=True))
    return SeparableLoss(**{**terms, **changes})


NAN = float("nan")


def _case(match, *, d=Plain, g=Generator, loss="hinge", real=None, fake=None, **options):
    return {"match": match, "d": d, "g": g, "loss": loss, "real": real, "fake": fake, **options}


CASES = {
    "detached fake": _case(
        r"fake is detached.*generator cannot be trained.*discriminator_backward",
        fake=lambda g: g(torch.randn(BATCH, 5)).detach(),
    ),
    "fake without tensors": _case(r"fake holds no tensor.*Pass", fake=lambda g: [None]),
    "real requires a gradient": _case(
        r"real sample requires a gradient.*real\.detach", real=lambda: images(requires_grad=True)
    ),
    "empty real": _case(r"real batch is empty", real=lambda: images(0)),
    "empty fake": _case(r"fake batch is empty", fake=lambda g: g(torch.randn(0, 5))),
    "output does not depend on the fake": _case(
        r"does not depend on the fake.*generator.*detach", d=DetachesInput
    ),
    "D changes the fake in place": _case(
        r"changes the fake sample in place.*first layer inplace=False", d=InPlace
    ),
    "D changes the real sample in place": _case(
        r"changes the real sample in place", d=InPlace, penalties=(R1(1.0),)
    ),
    "the used output does not depend on the fake": _case(
        r"outputs that the losses use do not depend on the fake.*detach",
        d=DetachesLogits,
        loss=hinge(logits=lambda outputs: outputs[0]),
    ),
    "the used output does not depend on the fake, reversal": _case(
        r"outputs that the losses use do not depend on the fake",
        d=DetachesLogits,
        loss=wasserstein(logits=lambda outputs: outputs[0]),
    ),
    "the used outputs do not depend on the fake, dual": _case(
        r"outputs that the losses use do not depend on the fake",
        d=DetachesLogits,
        loss=hinge(logits=lambda outputs: outputs[0]),
        strategy="dual",
    ),
    "a condition outside a tuple": _case(
        r"fake_args is a Tensor.*tuple or list.*fake_args=\(labels,\)", fake_args=torch.ones(BATCH)
    ),
    "R1 without real samples": _case(
        r"'r1' needs real samples", real=lambda: None, penalties=(R1(1.0),)
    ),
    "joint loss would broadcast": _case(
        r"pairs real with fake.*broadcast.*same size",
        loss="relativistic",
        real=lambda: images(BATCH - 1),
    ),
    "joint loss would broadcast one": _case(
        r"broadcast", loss="relativistic", real=lambda: images(1)
    ),
    "plain pair would broadcast": _case(
        r"broadcast.*paired=False",
        loss=(lambda r, f: (f - r).mean(), lambda r, f: (r - f).mean()),
        real=lambda: images(2),
    ),
    "real loss is a vector": _case(
        r"real samples returned shape \(6,\).*scalar.*mean", loss=_loss(real=lambda r: -r)
    ),
    "fake loss is a vector": _case(
        r"fake samples returned shape \(6,\).*scalar.*mean", loss=_loss(fake=lambda f: f)
    ),
    "generator's loss is a vector": _case(
        r"generator's loss returned shape \(6,\).*scalar.*mean",
        loss=_loss(generator=lambda _, f: -f),
    ),
    "loss is a number": _case(
        r"fake samples returned 3\.0.*scalar tensor", loss=_loss(fake=lambda f: 3.0)
    ),
    "joint loss is a vector": _case(
        r"loss of D returned shape.*scalar", loss=JointLoss(lambda r, f: f - r, HINGE[2])
    ),
    "D's loss is NaN": _case(
        r"discriminator's loss is nan at the first call.*Look for",
        loss=_loss(fake=lambda f: f.mean() * NAN),
    ),
    "D's real loss is infinite": _case(
        r"discriminator's loss is inf at the first call",
        loss=_loss(real=lambda r: (r.abs().mean() * 0 + 1) / 0.0),
    ),
    "G's loss is NaN": _case(
        r"generator's loss is nan at the first call",
        loss=_loss(generator=lambda _, f: f.mean() * NAN),
    ),
    "NaN in the real samples": _case(
        r"discriminator's loss is nan.*samples", real=lambda: images() * NAN
    ),
    "G's loss ignores D": _case(
        r"generator's loss does not depend.*detach",
        loss=_loss(generator=lambda _, f: f.detach().mean()),
    ),
    "wrong reversal": _case(
        r"declares reversal=-2.*Correct", loss=_loss(reversal=-2.0), generator_weight=1.0
    ),
    "generator_loss is a vector": _case(
        r"generator_loss must be a scalar.*\(3,\)", generator_loss=torch.ones(3)
    ),
    "generator_loss is a number": _case(r"generator_loss.*float", generator_loss=1.0),
    "generator_loss has no graph": _case(
        r"generator_loss requires no gradient.*attached fake", generator_loss=torch.ones(())
    ),
    "ratio with BatchNorm": _case(r"BatchNorm", d=batch_norm, strategy="ratio"),
    "ratio with minibatch stddev": _case(r"minibatch", d=MinibatchStddev, strategy="ratio"),
    "ratio with a patch map": _case(r"not one logit", d=Patch, strategy="ratio"),
    "D fails on the fakes": _case(r"boom on the way forward", d=FailsOnSecond, error=RuntimeError),
    "D fails in the walk back of the fakes": _case(
        r"boom on the way back",
        d=FakeExplodes,
        fake_args=(True,),
        error=RuntimeError,
        strategy="dual",
    ),
    "D fails in the one walk of the reversal": _case(
        r"boom on the way back",
        d=FakeExplodes,
        fake_args=(True,),
        loss="minimax",
        error=RuntimeError,
    ),
    "the penalty fails": _case(
        r"boom in the penalty", penalties=(BrokenPenalty(),), error=RuntimeError
    ),
    "G fails on its way back": _case(
        r"boom on the way back", g=_exploding_generator, error=RuntimeError
    ),
    "G fails on its way back, with R1": _case(
        r"boom on the way back", g=_exploding_generator, error=RuntimeError, penalties=(R1(1.0),)
    ),
}


def _snapshot(*modules):
    return [
        (p, p.grad, None if p.grad is None else p.grad.clone())
        for m in modules
        for p in m.parameters()
    ]


def _assert_untouched(before):
    for parameter, tensor, values in before:
        if values is None:
            assert parameter.grad is None
        else:
            assert parameter.grad is tensor  # the very tensor: others may hold it
            assert torch.equal(parameter.grad, values)


@pytest.mark.parametrize("filled", [False, True], ids=["empty", "filled"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_says_why_and_leaves_grad_as_it_was(case, filled):
    case = dict(case)
    match, error = case.pop("match"), case.pop("error", ValueError)
    discriminator, generator = case.pop("d")(), case.pop("g")()
    make_real, make_fake = case.pop("real") or images, case.pop("fake")
    if filled:
        for weight in (*discriminator.parameters(), *generator.parameters()):
            weight.grad = torch.randn_like(weight)
    before = _snapshot(discriminator, generator)
    named = {name: case.pop(name) for name in ("strategy", "penalties") if name in case}
    game = OneStage(discriminator, case.pop("loss"), **named)
    fake = make_fake(generator) if make_fake else generator(torch.randn(BATCH, 5))
    with pytest.raises(error, match=match) as raised:
        game.backward(make_real(), fake, **case)
    assert "\n" not in str(raised.value)
    _assert_untouched(before)


@pytest.mark.parametrize("filled", [False, True], ids=["empty", "filled"])
def test_reentrant_checkpointing_with_the_dual(filled):
    discriminator, generator = Checkpointed(use_reentrant=True), Generator()
    if filled:
        for weight in (*discriminator.parameters(), *generator.parameters()):
            weight.grad = torch.randn_like(weight)
    before = _snapshot(discriminator, generator)
    for strategy in ("dual", "ratio", "auto"):
        game = OneStage(discriminator, "hinge", strategy=strategy)
        with (
            pytest.warns(UserWarning, match="None of the inputs have requires_grad"),
            pytest.raises(ValueError, match=r"reentrant.*use_reentrant=False.*reversal"),
        ):
            game.backward(images(), generator(torch.randn(BATCH, 5)))
        _assert_untouched(before)


@pytest.mark.parametrize("method", ["gradients", "discriminator_backward"])
def test_the_other_methods_leave_grad_as_it_was_too(method):
    discriminator, generator = FailsOnSecond(), Generator()
    for weight in discriminator.parameters():
        weight.grad = torch.randn_like(weight)
    before = _snapshot(discriminator, generator)
    game = OneStage(discriminator, "hinge")
    with pytest.raises(RuntimeError, match="boom"):
        getattr(game, method)(images(), generator(torch.randn(BATCH, 5)))
    _assert_untouched(before)


def test_a_game_goes_on_after_an_error():
    discriminator, generator = Plain(), Generator()
    game = OneStage(discriminator, "hinge")
    with pytest.raises(ValueError, match="nan"):
        game.backward(images() * NAN, generator(torch.randn(BATCH, 5)))
    step = game.backward(images(), generator(torch.randn(BATCH, 5)))
    assert step.strategy == "ratio" and step.finite


def test_only_the_first_call_looks_for_nan():
    discriminator, generator = Plain(), Generator()
    game = OneStage(discriminator, "hinge")
    game.backward(images(), generator(torch.randn(BATCH, 5)))
    step = game.backward(images() * NAN, generator(torch.randn(BATCH, 5)))
    assert not step.finite


def test_a_game_that_goes_on_from_a_checkpoint_makes_no_first_call():
    """Its next step may be one that is skipped for NaN, as it would have been undisturbed."""
    discriminator, generator = Plain(), Generator()
    game, optimizer = OneStage(discriminator, "hinge"), torch.optim.Adam(discriminator.parameters())
    game.backward(images(), generator(torch.randn(BATCH, 5)))
    optimizer.step()
    again = OneStage(discriminator, "hinge")
    again.load_state_dict(game.state_dict())
    assert not again.backward(images() * NAN, generator(torch.randn(BATCH, 5))).finite
    new = OneStage(discriminator, "hinge")
    new.load_state_dict(OneStage(discriminator, "hinge").state_dict())
    with pytest.raises(ValueError, match="nan"):
        new.backward(images() * NAN, generator(torch.randn(BATCH, 5)))


def test_detached_fakes_are_welcome_to_d_alone():
    discriminator, generator = Plain(), Generator()
    fake = generator(torch.randn(BATCH, 5)).detach()
    OneStage(discriminator, "hinge").discriminator_backward(images(), fake)
    assert all(p.grad is not None for p in discriminator.parameters())


@pytest.mark.parametrize("method", ["backward", "gradients", "discriminator_backward"])
def test_under_inference_mode(method):
    discriminator, generator = Plain(), Generator()
    with torch.inference_mode(), pytest.raises(ValueError, match=r"inference_mode.*Leave it"):
        fake = generator(torch.randn(BATCH, 5))
        getattr(OneStage(discriminator, "hinge"), method)(images(), fake)


@pytest.mark.parametrize("quiet", [0.0, torch.zeros(())], ids=["float", "tensor"])
def test_a_wrong_reversal_is_seen_although_the_first_weight_is_0(quiet):
    """A warm-up without the adversarial term hides nothing."""
    generator = Generator()
    with pytest.raises(ValueError, match="declares reversal=-2"):
        OneStage(Plain(), _loss(reversal=-2.0)).backward(
            images(), generator(torch.randn(BATCH, 5)), generator_weight=quiet
        )


def test_a_reversal_that_begins_at_0_is_checked_once_it_tells_something():
    factor = torch.zeros(())
    wrong = _loss(
        real=lambda r: -r.mean(),
        fake=lambda f: f.mean(),
        generator=lambda _, f: factor * f.mean(),
        reversal=lambda: -factor,
    )
    discriminator, generator = Plain(), Generator()
    game = OneStage(discriminator, wrong)
    for _ in range(2):
        game.backward(images(), generator(torch.randn(BATCH, 5)))
    factor += 0.5
    with pytest.raises(ValueError, match=r"declares reversal=-0\.5"):
        game.backward(images(), generator(torch.randn(BATCH, 5)))


def test_a_generator_that_is_checkpointed_reentrantly_is_not_taken_for_the_discriminator():
    class Recomputed(Generator):
        def forward(self, latents):
            return checkpoint(super().forward, latents.requires_grad_(), use_reentrant=True)

    discriminator, generator = Plain(), Recomputed()
    fake = generator(torch.randn(BATCH, 5))
    with pytest.raises(ValueError, match=r"The generator uses reentrant.*use_reentrant=False"):
        OneStage(discriminator, "hinge").backward(
            images(), fake, generator_loss=discriminator(fake * 2).mean()
        )


def test_a_recomputation_that_goes_wrong_is_not_taken_for_a_reentrant_one():
    class Forgets(Plain):
        calls = 0

        def features(self, sample):
            return checkpoint(self._other_each_time, sample, use_reentrant=False)

        def _other_each_time(self, sample):
            self.calls += 1
            hidden = super().features(sample)
            return hidden.tanh() if self.calls % 2 else hidden

    with pytest.raises(CheckpointError, match=r"number of tensors|metadata"):
        OneStage(Forgets(), "hinge").backward(images(), Generator()(torch.randn(BATCH, 5)))


def test_a_discriminator_whose_weights_a_reentrant_checkpoint_hides():
    """None of them is in the graph, and each is trained."""

    class Whole(Plain):
        def forward(self, sample):
            return checkpoint(super().forward, sample, use_reentrant=True)

    discriminator, generator = Whole(), Generator()
    with pytest.warns(UserWarning, match="None of the inputs have requires_grad"):
        OneStage(discriminator, "minimax").backward(images(), generator(torch.randn(BATCH, 5)))
    assert all(weight.grad is not None for weight in discriminator.parameters())


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"loss": "hinj"}, r"Unknown loss 'hinj'.*Did you mean 'hinge'.*Known"),
        ({"loss": 3}, r"3 is not a loss.*Pass a name"),
        ({"loss": (torch.relu,)}, r"is not a loss.*pair of functions.*triple"),
        ({"loss": "hinge", "strategy": "fast"}, r"Unknown strategy 'fast'.*'auto'"),
        ({"loss": "hinge", "penalties": [R1(1.0), R1(2.0)]}, r"Two penalties.*r1"),
        (
            {"loss": "hinge", "penalties": [Penalises("reals")]},
            r"'mine' has the branch 'reals'.*Known: 'real', 'fake', 'between', 'outputs'",
        ),
        (
            {"loss": "hinge", "penalties": [Penalises("between")]},
            r"'mine' of the branch 'between' lacks points:",
        ),
        (
            {"loss": "hinge", "penalties": [Penalises("outputs")]},
            r"'mine' .*lacks of_logits, commit, state_dict, load_state_dict",
        ),
        ({"discriminator": 3, "loss": "hinge"}, r"callable.*3"),
    ],
)
def test_construction(arguments, match):
    with pytest.raises(ValueError, match=match):
        OneStage(**{"discriminator": Plain(), **arguments})


def test_a_compiled_graph_is_named():
    """What torch says of a graph whose buffers are given away is put in plain words."""
    from onestage.engine.strategies import raise_explained

    with pytest.raises(ValueError, match=r"compiled.*donated_buffer = False"):
        raise_explained(RuntimeError("This backward function was compiled with donated buffers"))


@pytest.mark.parametrize("method", ["backward", "gradients", "discriminator_backward"])
def test_a_discriminator_left_frozen_from_two_stages(method):
    frozen, generator = Plain().requires_grad_(False), Generator()
    fake = generator(torch.randn(BATCH, 5))
    with pytest.raises(ValueError, match="requires_grad_"):
        getattr(OneStage(frozen, "hinge"), method)(images(), fake)
    assert all(parameter.grad is None for parameter in generator.parameters())


@pytest.mark.parametrize("method", ["backward", "gradients", "discriminator_backward"])
@pytest.mark.parametrize("penalty", [R1(1.0), GradientPenalty()])
def test_a_penalty_on_a_discriminator_without_input_gradient(penalty, method):
    class DetachesReal(Plain):
        """What it says of real samples, and of points of its own, does not depend on them."""

        def forward(self, sample, side="real"):
            return super().forward(sample.detach() if side == "real" else sample)

    discriminator, generator = DetachesReal(), Generator()
    before = _snapshot(discriminator, generator)
    game = OneStage(discriminator, "hinge", penalties=[penalty])
    with pytest.raises(ValueError, match=r"do not depend on it.*detach"):
        getattr(game, method)(images(), generator(torch.randn(BATCH, 5)), fake_args=("fake",))
    _assert_untouched(before)


class Scales(Plain):
    """Its condition is anything that can be multiplied with a logit."""

    def forward(self, sample, condition):
        return super().forward(sample) * condition


CONDITIONS = {
    "labels of the other batch": (Conditional, {"fake_args": torch.zeros(4, dtype=torch.int64)}, 6),
    "a vector of another batch": (Scales, {"real_args": torch.ones(4)}, 6),
    "one sample, several rows": (Scales, {"real_args": torch.ones(4)}, 1),
}


@pytest.mark.parametrize(("build", "wrong", "batch"), CONDITIONS.values(), ids=CONDITIONS)
@pytest.mark.parametrize("method", ["backward", "gradients", "discriminator_backward"])
@pytest.mark.parametrize("filled", [False, True], ids=["empty", "filled"])
def test_a_condition_that_does_not_fit_its_sample(build, wrong, batch, method, filled):
    discriminator, generator = build(), Generator()
    if filled:
        for weight in (*discriminator.parameters(), *generator.parameters()):
            weight.grad = torch.randn_like(weight)
    right = torch.zeros(batch, dtype=torch.int64)
    conditions = {"real_args": (right,), "fake_args": (right,)}
    conditions |= {side: (condition,) for side, condition in wrong.items()}
    before = _snapshot(discriminator, generator)
    (side,) = wrong
    found = rf"{side}\[0\] has 4 rows for {batch} samples?\. Give a condition one row for each"
    with pytest.raises(ValueError, match=found) as raised:
        getattr(OneStage(discriminator, "hinge"), method)(
            images(batch), generator(torch.randn(batch, 5)), **conditions
        )
    assert "\n" not in str(raised.value)
    _assert_untouched(before)


@pytest.mark.parametrize(
    "condition",
    [2.0, torch.tensor(2.0), torch.ones(1), torch.ones(BATCH), None],
    ids=["number", "0-dim", "one row", "one row each", "table"],
)
def test_conditions_that_fit(condition):
    class Table(Plain):
        def forward(self, sample, table):
            return super().forward(sample) * table[:2].sum()

    build, condition = (Table, torch.ones(9, 3)) if condition is None else (Scales, condition)
    conditions = {"real_args": (condition,), "fake_args": (condition,)}
    game = OneStage(build(), "hinge")
    game.backward(images(), Generator()(torch.randn(BATCH, 5)), **conditions)


@pytest.mark.parametrize("build", [Conditional, _cgan], ids=["one's own", "of the package"])
def test_a_label_out_of_range(build):
    discriminator, generator = build(), Generator()
    before = _snapshot(discriminator, generator)
    labels = torch.arange(BATCH) % 3
    wrong = labels.clone()
    wrong[2] = 7
    own = "index out of range"  # torch's own words
    package = r"label 7 is out of range; with num_classes=3 labels are 0 to 2"
    with pytest.raises((ValueError, IndexError), match=package if build is _cgan else own):
        OneStage(discriminator, "hinge").backward(
            *_shaped(build, generator), real_args=(labels,), fake_args=(wrong,)
        )
    _assert_untouched(before)


def test_what_a_loss_learns_comes_after_the_generators_own_backward():
    """A call that fails on G's way back moves neither multiplier nor means."""
    loss, lecam = fisher(0.5), LeCam(1.0)
    discriminator, generator = Plain(), _exploding_generator()
    before = _snapshot(discriminator, generator)
    game = OneStage(discriminator, loss, penalties=[lecam])
    with pytest.raises(RuntimeError, match="boom on the way back"):
        game.backward(images(), generator(torch.randn(BATCH, 5)))
    _assert_untouched(before)
    assert float(game.state_dict()["loss"]["multiplier"]) == 0
    assert game.state_dict()["penalties"]["lecam"] == {"real": None, "fake": None}
    # `gradients` ends before it: what happens to G afterwards is the caller's.
    game.gradients(images(), generator(torch.randn(BATCH, 5)))
    assert float(game.state_dict()["loss"]["multiplier"]) != 0
    assert game.state_dict()["penalties"]["lecam"]["real"].shape == (2, 1)


def test_a_reversal_is_checked_where_a_lazy_penalty_made_way_for_it():
    lie = SeparableLoss(
        lambda r: -r.mean(), lambda f: f.mean(), lambda _, f: -2 * f.mean(), reversal=-1.0
    )
    discriminator, generator = Plain(), Generator()
    game = OneStage(discriminator, lie, penalties=[LeCam(1.0, every=2)])
    optimizer = torch.optim.SGD(discriminator.parameters(), 1e-3)
    assert game.backward(images(), generator(torch.randn(BATCH, 5))).strategy == "ratio"
    optimizer.step()
    with pytest.raises(ValueError, match="declares reversal=-1"):
        game.backward(images(), generator(torch.randn(BATCH, 5)))


def test_a_refused_reversal_is_refused_again_when_it_is_tried_again():
    lie = SeparableLoss(
        lambda r: -r.mean(), lambda f: f.mean(), lambda _, f: -2 * f.mean(), reversal=-1.0
    )
    game, generator = OneStage(Plain(), lie), Generator()
    for _ in range(2):
        with pytest.raises(ValueError, match="declares reversal=-1"):
            game.backward(images(), generator(torch.randn(BATCH, 5)))
