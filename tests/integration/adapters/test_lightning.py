"""Lightning, the real one: its counting of steps, precision plugins, checkpoints and DDP."""

import copy

import pytest
import torch
from torch import nn
from torch.optim import SGD
from torch.optim.lr_scheduler import LambdaLR

pytest.importorskip("lightning")

from lightning.pytorch.plugins.precision import MixedPrecision
from tests.integration.adapters._common import (
    SCENARIOS,
    STEPS,
    Scenario,
    assert_same,
    batches,
    build,
    launch,
    weights,
)
from tests.integration.adapters._lightning import Game, loader, trainer

from onestage import R1
from onestage.optim import JointOptimizer

pytestmark = [
    # Lightning 2.6 asks torch's pytree for LeafSpec, which torch 2.13 has deprecated.
    pytest.mark.filterwarnings("ignore:.*LeafSpec.*:FutureWarning"),
    # Lightning advises worker processes; four batches in memory need none.
    pytest.mark.filterwarnings("ignore:.*does not have many workers:UserWarning:lightning"),
]
RATIO = SCENARIOS["ratio"]


@pytest.mark.parametrize("name", SCENARIOS)
def test_weights_and_global_step(name, tmp_path):
    scenario = SCENARIOS[name]
    module, fit = Game(scenario), trainer(tmp_path)
    fit.fit(module, loader(batches(scenario.accumulate)))
    assert_same(weights(module.generator, module.discriminator), scenario)
    assert fit.global_step == STEPS


def test_global_step_counts_batches(tmp_path):
    module = Game(RATIO)
    trainer(tmp_path).fit(module, loader(batches()))
    assert module.global_steps == [1, 2, 3]


def test_the_last_batch_of_an_epoch_makes_an_update(tmp_path):
    module = Game(SCENARIOS["accumulated"])
    trainer(tmp_path).fit(module, loader(batches()))
    assert module.global_steps == [0, 1, 2]


def test_an_update_of_d_alone_leaves_g(tmp_path):
    class Critic(Game):
        def training_step(self, batch, index):
            self.critic_step(batch[0], self.generator(batch[1]).detach())

    module = Critic(RATIO)
    trainer(tmp_path).fit(module, loader(batches()))
    generator, discriminator = build()
    assert torch.equal(module.generator[0].weight, generator[0].weight)
    assert not torch.equal(module.discriminator[0].weight, discriminator[0].weight)


def test_a_resumed_run_ends_where_an_unbroken_one_does(tmp_path):
    options = {"penalties": [R1(1.0, every=2)]}
    whole = Game(RATIO, **options)
    trainer(tmp_path, max_epochs=2).fit(whole, loader(batches()))

    first, fit = Game(RATIO, **options), trainer(tmp_path)
    fit.fit(first, loader(batches()))
    fit.save_checkpoint(tmp_path / "first.ckpt")
    second, fit = Game(RATIO, **options), trainer(tmp_path, max_epochs=2)
    fit.fit(second, loader(batches()), ckpt_path=tmp_path / "first.ckpt")

    applied = [bool(result.penalties) for result in second.results]
    assert applied == [False, True, False]  # updates 3, 4 and 5 of six
    assert fit.global_step == 2 * STEPS
    assert weights(second.generator, second.discriminator) == weights(
        whole.generator, whole.discriminator
    )


def test_a_checkpoint_of_two_stages_is_taken(tmp_path):
    module, fit = Game(RATIO), trainer(tmp_path)
    fit.fit(module, loader(batches()))
    fit.save_checkpoint(tmp_path / "some.ckpt")
    state = torch.load(tmp_path / "some.ckpt", weights_only=True)
    del state["onestage"]
    torch.save(state, tmp_path / "some.ckpt")
    fit = trainer(tmp_path, max_epochs=2)
    fit.fit(Game(RATIO), loader(batches()), ckpt_path=tmp_path / "some.ckpt")
    assert fit.global_step == 2 * STEPS


def test_a_schedule_for_each_player(tmp_path):
    class Scheduled(Game):
        def configure_optimizers(self):
            joint = super().configure_optimizers()
            schedule = LambdaLR(joint, [lambda step: 1.0, lambda step: 0.5**step])
            return {"optimizer": joint, "lr_scheduler": schedule}

        def on_train_batch_end(self, *_):
            self.lr_schedulers().step()

    module, fit = Scheduled(RATIO), trainer(tmp_path)
    fit.fit(module, loader(batches()))
    d_optimizer, g_optimizer = fit.optimizers[0].optimizers
    assert d_optimizer.param_groups[0]["lr"] == 0.2
    assert g_optimizer.param_groups[0]["lr"] == 0.1 * 0.5**STEPS


def halved() -> list[tuple[torch.Tensor, torch.Tensor]]:
    return [(real.float(), latent.float()) for real, latent in batches()]


class Single(Game):
    """The game in float32."""

    def __init__(self, **options) -> None:
        super().__init__(SCENARIOS["reversal"], **options)
        self.float()


def single_precision_run(tmp_path) -> torch.Tensor:
    module = Single()
    trainer(tmp_path).fit(module, loader(halved()))
    return torch.tensor(weights(module.generator, module.discriminator))


def test_bfloat16(tmp_path):
    module = Single()
    trainer(tmp_path, precision="bf16-mixed").fit(module, loader(halved()))
    assert module.results[0].fake_outputs.dtype == torch.bfloat16
    found = torch.tensor(weights(module.generator, module.discriminator))
    torch.testing.assert_close(found, single_precision_run(tmp_path), rtol=0, atol=0.01)


@pytest.mark.parametrize("fused", [False, True])  # fused ones unscale within their step
def test_float16_clips_what_was_unscaled(fused, tmp_path):
    class Half(Single):
        def configure_optimizers(self):
            return JointOptimizer(
                SGD(self.discriminator.parameters(), lr=0.2, fused=fused),
                SGD(self.generator.parameters(), lr=0.1, fused=fused),
            )

    module = Half()
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    plugin = MixedPrecision("16-mixed", "cpu", scaler=scaler)
    fit = trainer(tmp_path, plugins=[plugin])
    fit.fit(module, loader(halved()))
    assert fit.optimizers[0]._step_supports_amp_scaling is fused
    assert module.results[0].fake_outputs.dtype == torch.float16
    found = torch.tensor(weights(module.generator, module.discriminator))
    torch.testing.assert_close(found, single_precision_run(tmp_path), rtol=0, atol=0.002)


def test_overflow_skips_both_players(tmp_path):
    module = Single()
    before = copy.deepcopy(module.state_dict())
    # D's cotangents overflow float16; G's would not have to.
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**40)
    plugin = MixedPrecision("16-mixed", "cpu", scaler=scaler)
    trainer(tmp_path, plugins=[plugin], limit_train_batches=1).fit(module, loader(halved()))
    after = module.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert scaler.get_scale() == 2.0**39


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_float16_on_a_gpu(tmp_path):
    module = Single()
    before = weights(module.generator, module.discriminator)
    fit = trainer(tmp_path, accelerator="gpu", precision="16-mixed", max_epochs=4)
    fit.fit(module, loader(halved()))
    assert fit.precision_plugin.scaler is not None
    assert module.results[0].fake_outputs.dtype == torch.float16
    after = weights(module.generator, module.discriminator)
    assert after != before
    assert torch.isfinite(torch.tensor(after)).all()


def test_two_optimisers_are_refused(tmp_path):
    class Two(Game):
        def configure_optimizers(self):
            return list(super().configure_optimizers().optimizers)

    with pytest.raises(ValueError, match="must return one JointOptimizer"):
        trainer(tmp_path).fit(Two(RATIO), loader(batches()))


def test_no_micro_batch_is_refused():
    with pytest.raises(ValueError, match="accumulate=0"):
        Game(Scenario("hinge", accumulate=0))


def test_the_discriminator_is_a_submodule():
    module = Game(RATIO)
    assert isinstance(module.discriminator, nn.Module)
    assert sum(p.numel() for p in module.parameters()) == len(
        weights(module.generator, module.discriminator)
    )


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return launch("ddp_lightning.py", tmp_path_factory.mktemp("lightning"))


@pytest.mark.parametrize("name", SCENARIOS)
def test_two_processes_are_one(found, name):
    assert_same(found[name]["weights"], SCENARIOS[name])
    assert found[name]["global_step"] == STEPS


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_weight_is_reduced_once_per_update(found, name):
    assert found[name]["reduced"] == STEPS * len(weights(*build()))


def test_the_search_for_unused_parameters(found):
    assert_same(found["unused"]["weights"], RATIO)


def test_an_update_of_d_alone_under_ddp(found):
    assert found["critic"]["global_step"] == 2 * STEPS


def test_a_static_graph_is_refused(found):
    assert "static_graph=True" in found["static"]
