import copy

import pytest
import torch

from onestage import OneStage
from onestage.graphs import CapturedStep, LazyGames
from onestage.graphs._captured import sentence
from onestage.graphs._recording import same_layout
from onestage.networks import DCGANDiscriminator, DCGANGenerator
from onestage.penalties import R1

OPTIONS = {"image_size": 16, "channels": 1, "base_width": 4}


def pair(device="cpu"):
    torch.manual_seed(1)
    generator = DCGANGenerator(latent_dim=4, **OPTIONS)
    return generator.to(device), DCGANDiscriminator(**OPTIONS).to(device)


def trainer(generator, discriminator, capturable=False):
    """A step of latents and real images, whose games are by lazy R1."""
    games = LazyGames(discriminator, "nonsaturating", penalties=[R1(1.0, every=2)])
    for_g, for_d = (
        torch.optim.Adam(net.parameters(), 1e-3, capturable=capturable)
        for net in (generator, discriminator)
    )

    def play(latents, real, *, variant):
        for_g.zero_grad()
        for_d.zero_grad()
        result = games[variant].backward(real, generator(latents))
        for_g.step()
        for_d.step()
        return {"d": result.discriminator_loss, "g": result.generator_loss}

    return games, play


def train(step, games, device="cpu", steps=6):
    source = torch.Generator().manual_seed(2)
    losses = []
    for count in range(steps):
        latents, real = (
            torch.randn(4, 4, generator=source),
            torch.randn(4, 1, 16, 16, generator=source),
        )
        found = step(latents.to(device), real.to(device), variant=games.due(count))
        losses.append(torch.stack([found["d"], found["g"]]).clone())
    return torch.stack(losses)


def test_on_cpu_it_is_the_step_itself_and_says_why():
    games, play = trainer(*pair())
    captured = CapturedStep(play, device="cpu")
    theirs = train(captured, games)
    again, play = trainer(*pair())
    assert torch.equal(theirs, train(play, again))
    assert captured.reason == ("The step runs eagerly: graphs are CUDA's, and it runs on cpu.")


def test_a_step_without_variant_gets_its_inputs_alone():
    captured = CapturedStep(lambda x, y: x + y, device="cpu")
    assert captured(torch.ones(2), torch.ones(2)).tolist() == [2, 2]


def test_no_warm_up_is_refused():
    with pytest.raises(ValueError, match="plans and probes"):
        CapturedStep(lambda: None, device="cpu", warmup=0)


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("operation not permitted when stream is capturing", ".item()"),
        (
            "Attempting CUDA graph capture of step() for an instance of Adam but param_groups' "
            "capturable is False.",
            "capturable=True",
        ),
        ("", "RuntimeError"),
    ],
)
def test_the_sentence_of_a_failure_names_the_mend(said, hint):
    assert hint in sentence(RuntimeError(said))
    assert "\n" not in sentence(RuntimeError(said + "\nmore"))


def test_layouts():
    x, y = torch.zeros(2, 3), torch.zeros(3, 3)
    assert same_layout((x, {"a": y}), (x + 1, {"a": y}))
    assert not same_layout((x,), (y,))
    assert not same_layout((x,), (x.double(),))
    assert not same_layout((x,), (x, x))


@pytest.mark.gpu
def test_replays_are_the_eager_steps():
    generator, discriminator = pair("cuda")
    copies = copy.deepcopy(generator), copy.deepcopy(discriminator)
    games, play = trainer(*copies)
    eager = train(play, games, "cuda", steps=16)
    games, play = trainer(generator, discriminator, capturable=True)
    captured = CapturedStep(play, device="cuda")
    assert torch.allclose(train(captured, games, "cuda", steps=16), eager, rtol=1e-3)
    assert captured.reason is None


@pytest.mark.gpu
def test_every_replay_draws_anew():
    captured = CapturedStep(lambda: torch.rand(8, device="cuda"), device="cuda")
    drawn = torch.stack([captured().clone() for _ in range(8)])
    assert captured.reason is None
    assert len(drawn.unique(dim=0)) == 8


@pytest.mark.gpu
def test_what_waits_for_the_host_is_run_eagerly():
    captured = CapturedStep(lambda x: x * float(x.sum().item()), device="cuda")
    found = [captured(torch.ones(2, device="cuda") * i).tolist() for i in range(6)]
    assert found[-1] == [50.0, 50.0]
    assert ".item()" in captured.reason


@pytest.mark.gpu
def test_a_lazy_game_is_not_recorded():
    generator, discriminator = pair("cuda")
    game = OneStage(discriminator, "hinge", penalties=[R1(1.0, every=4)])
    captured = CapturedStep(lambda z, x: game.backward(x, generator(z)), device="cuda")
    assert "LazyGames" in captured.reason
