"""The README's diffs for three kinds of loop: what they start from runs, and what they end in."""

import pytest
import torch
from tests.doc._snippets import blocks, sides
from torch import nn
from torch.optim import Adam

from onestage import OneStage
from onestage.optim import JointOptimizer

README = "README.md"
PLAIN, LIGHTNING, ACCELERATE = blocks(README, "diff")[1:]
REALS = torch.randn(8, 6, 2)  # eight batches of six points in the plane


def generator() -> nn.Module:
    return nn.Sequential(nn.Linear(16, 32), nn.LeakyReLU(0.2), nn.Linear(32, 2))


def discriminator() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))


def run(code: str, **names) -> dict:
    """Run one side; both networks of it must have moved."""
    setting = {
        "torch": torch,
        "relu": nn.functional.relu,
        "Adam": Adam,
        "JointOptimizer": JointOptimizer,
        "OneStage": OneStage,
        "generator": generator(),
        "discriminator": discriminator(),
        **names,
    }
    before = {
        name: nn.utils.parameters_to_vector(setting[name].parameters()).detach().clone()
        for name in ("generator", "discriminator")
    }
    networks = {name: setting[name] for name in before}
    exec(compile(code, README, "exec"), setting)
    setting["moved"] = {
        name: not torch.equal(nn.utils.parameters_to_vector(network.parameters()), before[name])
        for name, network in networks.items()
    }
    return setting


@pytest.mark.parametrize("code", sides(PLAIN), ids=["before", "after"])
def test_plain(code):
    from torch.amp import GradScaler
    from torch.nn.utils import clip_grad_norm_

    ended = run(
        code,
        device="cpu",
        GradScaler=GradScaler,
        clip_grad_norm_=clip_grad_norm_,
        batches=REALS.view(4, 2, 6, 2),
    )
    assert all(ended["moved"].values())


@pytest.mark.filterwarnings("ignore:.*LeafSpec.*:FutureWarning")  # Lightning with torch 2.13
@pytest.mark.filterwarnings("ignore:.*does not have many workers:UserWarning:lightning")
@pytest.mark.filterwarnings("ignore:.*logging interval:UserWarning:lightning")
@pytest.mark.parametrize("code", sides(LIGHTNING), ids=["before", "after"])
def test_lightning(code, tmp_path):
    lightning = pytest.importorskip("lightning.pytorch")
    from onestage.adapters.lightning import OneStageModule

    names = run(
        code,
        LightningModule=lightning.LightningModule,
        OneStageModule=OneStageModule,
        Generator=generator,
        Discriminator=discriminator,
    )
    module = names["GAN"]()
    before = nn.utils.parameters_to_vector(module.parameters()).detach().clone()
    trainer = lightning.Trainer(
        max_steps=100,
        max_epochs=1,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=tmp_path,
    )
    trainer.fit(module, torch.utils.data.DataLoader(REALS.view(-1, 2), batch_size=6))
    assert not torch.equal(nn.utils.parameters_to_vector(module.parameters()), before)
    # Two optimisers in turn count every batch twice.
    assert trainer.global_step == (8 if "OneStageModule" in code else 16)


@pytest.mark.parametrize("code", sides(ACCELERATE), ids=["before", "after"])
def test_accelerate(code):
    accelerate = pytest.importorskip("accelerate")
    from onestage.adapters.accelerate import AcceleratedGame

    accelerate.state.AcceleratorState._reset_state(reset_partial_state=True)
    ended = run(
        code,
        Accelerator=lambda **options: accelerate.Accelerator(cpu=True, **options),
        AcceleratedGame=AcceleratedGame,
        loader=torch.utils.data.DataLoader(REALS.view(-1, 2), batch_size=6),
    )
    assert all(ended["moved"].values())
