import pytest
import torch
from torch import nn

from onestage import R1, LeCam
from onestage.check import Subject, as_subject, check_subject, describe
from onestage.losses import fisher
from onestage.networks import DCGANDiscriminator, DCGANGenerator


def subject(norm: str = "group", **others) -> Subject:
    fields = {
        "discriminator": DCGANDiscriminator(image_size=16, channels=1, base_width=8, norm=norm),
        "generator": DCGANGenerator(image_size=16, channels=1, latent_dim=4, base_width=8),
        "inputs": (torch.randn(8, 4),),
        "real": torch.rand(8, 1, 16, 16),
        "loss": "hinge",
    }
    return Subject(**{**fields, **others})


def test_an_exact_game_is_reported_with_its_savings():
    report = check_subject(subject(), rounds=1)
    assert report.exactness.is_exact
    assert report.exactness.strategy == "ratio"
    assert report.coupled == []
    assert 1.1 < report.ratio("flops") < report.ratio("flops", "two-stage-naive") < 1.5
    text = describe(report)
    assert "gradients: exact" in text
    assert "two-stage-tuned / one-stage" in text


def test_lazy_penalties_count_by_their_share_for_every_method():
    never, always, lazy = (
        check_subject(subject(penalties=penalties), rounds=1)
        for penalties in ([], [R1(1.0)], [R1(1.0, every=16)])
    )
    assert always.ratio("flops") < lazy.ratio("flops") < never.ratio("flops")
    for method, cost in lazy.costs.items():
        without, due = never.costs[method].flops, always.costs[method].flops
        assert cost.flops == round((15 * without + due) / 16)
    assert "15/16 with no penalty, 1/16 with r1" in describe(lazy)
    assert "lazy" not in describe(always)


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer, self.out = nn.LSTM(4, 8, batch_first=True), nn.Linear(8, 1)

    def forward(self, x):
        return self.out(self.layer(x)[0].mean(1)).squeeze(1)


def test_what_no_formula_counts_is_said():
    generator = nn.Sequential(nn.Linear(3, 24), nn.Unflatten(1, (6, 4)))
    sizes = {"real": torch.randn(5, 6, 4), "inputs": (torch.randn(5, 3),)}
    report = check_subject(
        subject(discriminator=Recurrent(), generator=generator, **sizes), rounds=1
    )
    assert "mkldnn_rnn_layer" in report.costs["one-stage"].uncounted
    assert "FLOPs are without mkldnn_rnn_layer, mkldnn_rnn_layer_backward" in describe(report)
    assert "FLOPs are without" not in describe(check_subject(subject(), rounds=1))


def test_the_module_that_couples_is_named():
    report = check_subject(subject("batch"), rounds=1)
    assert report.exactness.strategy == "dual"
    assert "BatchNorm2d" in describe(report)


def test_nothing_is_changed():
    lecam, loss = LeCam(1.0), fisher(0.5)
    lecam.commit(torch.ones(3), -torch.ones(3))
    game = subject("batch", loss=loss, penalties=[R1(1.0), lecam])
    learned = [{name: value.clone() for name, value in lecam.state_dict().items()}]
    learned += [{name: value.clone() for name, value in loss.state.state_dict().items()}]
    networks = nn.ModuleList([game.discriminator, game.generator])
    for parameter in networks.parameters():
        parameter.grad = torch.ones_like(parameter)
    before = {name: buffer.clone() for name, buffer in networks.named_buffers()}
    random = torch.get_rng_state()
    check_subject(game, rounds=1)
    assert all(torch.equal(p.grad, torch.ones_like(p)) for p in networks.parameters())
    assert all(torch.equal(b, before[name]) for name, b in networks.named_buffers())
    assert torch.equal(torch.get_rng_state(), random)
    for now, was in zip((lecam.state_dict(), loss.state.state_dict()), learned, strict=True):
        assert all(torch.equal(now[name], was[name]) for name in was)


def test_a_loss_that_lies_about_its_reversal_is_caught():
    from onestage import SeparableLoss

    lie = SeparableLoss(
        lambda r: -r.mean(), lambda f: f.mean(), lambda _, f: -2 * f.mean(), reversal=-1.0
    )
    with pytest.raises(ValueError, match="declares reversal=-1"):
        check_subject(subject(loss=lie), rounds=1)


def test_nested_outputs_and_other_terms():
    class Heads(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(4, 1), nn.Linear(4, 2)

        def forward(self, x):
            return {"a": self.a(x), "b": [self.b(x)]}

    report = check_subject(
        Subject(
            discriminator=Heads(),
            loss="nonsaturating",
            real=torch.randn(6, 4),
            generator=nn.Linear(3, 4),
            inputs=(torch.randn(6, 3),),
            other_loss=lambda fake: fake.square().mean(),
        ),
        rounds=1,
    )
    assert report.exactness.is_exact
    assert report.exactness.strategy == "dual"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (3, "returned int"),
        ({"discriminator": nn.Linear(1, 1)}, "lacks loss, real, generator"),
        ({**vars(subject()), "latent": 3}, "unknown keys latent"),
    ],
)
def test_what_a_factory_may_not_return(found, words):
    with pytest.raises(ValueError, match=words):
        as_subject(found)
