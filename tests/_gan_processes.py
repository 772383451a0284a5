"""Two processes that train one small GAN; run by `tests/unit/apps/gan/test_processes.py`."""

from pathlib import Path

import torch
from tests._processes import CAN_SHARD, reduce_scatters
from torch import distributed, nn
from torch.distributed.algorithms.ddp_comm_hooks import default_hooks
from torch.nn.parallel import DistributedDataParallel

from onestage.apps.gan import GANStep, assemble, load_batches
from onestage.training import StepState, World, build_config, merge

STEPS, LATENT, CHANNELS, SIZE = 2, 5, 2, 6
SGD = {"optimizer": "sgd", "optimism": 0, "beta1": 0, "learning_rate": 0.05}
SMALL = {
    "batch_size": 8,
    "ema_decay": 0.5,
    "generator": {"latent_dim": LATENT, **SGD},
    "discriminator": SGD,
    "penalties": {"r1": 0},
}
BATCH_STATISTICS = {"loss": "relativistic_average", "penalties": {"lecam": 0.3}}
POINTS = {"penalties": {"gradient_penalty": 2, "dragan": 2}}
CASES = {
    "reversal": {"loss": "minimax"},
    "ratio": {"loss": "hinge", "strategy": "ratio"},
    "dual": {"loss": "hinge", "strategy": "dual"},
    "pairs": {"loss": "relativistic"},
    "a multiplier": {"loss": "fisher"},
    "batch statistics": BATCH_STATISTICS,
    "accumulation": {**BATCH_STATISTICS, "accumulation": 2},
    "lazy penalties": {"penalties": {"r1": 1, "r1_every": 2, "r2": 0.5}, "critic_steps": 2},
    "penalties, pairs": {"loss": "relativistic", "penalties": {"r1": 1}, "accumulation": 2},
    "points": POINTS,
    "points, accumulation": {**POINTS, "loss": "wasserstein", "accumulation": 2},
    "points, tuned": {**POINTS, "method": "two-stage-tuned", "critic_steps": 2},
    "diffaugment": {"augment": {"kind": "diffaugment"}, **POINTS},
    "ada": {
        "augment": {"kind": "ada", "ramp_images": 32, "policy": "bg", "target": 0.3},
        "critic_steps": 2,
        "accumulation": 2,
    },
    "tuned": {"method": "two-stage-tuned", "penalties": {"r1": 1, "r2": 0.5, "lecam": 0.3}},
    "naive": {"method": "two-stage-naive", **BATCH_STATISTICS, "critic_steps": 2},
    "tuned, accumulation": {"method": "two-stage-tuned", "accumulation": 2},
    "naive, accumulation": {
        "method": "two-stage-naive",
        "accumulation": 4,
        **BATCH_STATISTICS,
        "generator": {"reconstruction": 1},
    },
    "bfloat16": {"precision": "bf16", "penalties": {"r1": 1}, "accumulation": 2},
    "adam": {
        "generator": {"optimizer": "adam", "optimism": 0.5, "beta1": 0.5},
        "discriminator": {"optimizer": "rmsprop", "optimism": 0.5, "clip_weights": 0.2},
    },
}
KINDS = ("ddp", "fsdp")
PLAYED = [(name, kind) for name in CASES for kind in KINDS]


class Samples:
    """Images and their conditions."""

    name, labels = "noise", None

    def __init__(self, dtype):
        self._dtype = dtype

    def __len__(self) -> int:
        return 40

    def __getitem__(self, index: int) -> torch.Tensor:
        random = torch.Generator().manual_seed(index)
        image = torch.randn(CHANNELS, SIZE, SIZE, generator=random, dtype=torch.float64)
        return image.to(self._dtype)


class Noise:
    """The task: images of noise."""

    def __init__(self, config, world):
        self.config, self._world = config, world
        # Autocast leaves float64 as it is.
        self.dtype = torch.float64 if config.precision == "fp32" else torch.float32

    def batches(self, start):
        place = (self.config, torch.device("cpu"), self._world)
        return load_batches(Samples(self.dtype), *place, start=start)

    def fake(self, generator, latents, condition):
        return generator(latents.to(self.dtype))

    def draw(self, generator, path):
        torch.save(generator(torch.ones(2, LATENT, dtype=self.dtype)), path)


def networks(dtype: torch.dtype = torch.float64) -> tuple[nn.Module, nn.Module]:
    """G and D, the same ones every time; their widths cannot be halved."""
    torch.manual_seed(0)
    generator = nn.Sequential(
        nn.Linear(LATENT, 5 * SIZE**2), nn.LeakyReLU(0.2), nn.Unflatten(1, (5, SIZE, SIZE)),
        nn.Conv2d(5, CHANNELS, 3, padding=1), nn.Tanh(),
    )  # fmt: skip
    discriminator = nn.Sequential(
        nn.Conv2d(CHANNELS, 3, 3, padding=1), nn.GroupNorm(1, 3), nn.LeakyReLU(0.2),
        nn.Conv2d(3, 5, 3, stride=2, padding=1), nn.LeakyReLU(0.2),
        nn.Flatten(), nn.Linear(5 * (SIZE // 2) ** 2, 1), nn.Flatten(0),
    )  # fmt: skip
    return generator.to(dtype), discriminator.to(dtype)


def build(name: str, kind: str = "ddp", world: World | None = None) -> GANStep:
    """The game of a case at its beginning."""
    world = world or World()
    settings = merge(merge(SMALL, CASES[name]), {"parallel": kind})
    task = Noise(build_config(settings), world)
    return assemble(task, *networks(task.dtype), torch.device("cpu"), world)


def work(rank: int, size: int, folder: Path) -> None:
    """Play every case; the first process saves."""
    world = World(rank, size, rank)
    for name, kind in PLAYED:
        if kind == "ddp" or CAN_SHARD:
            _play(name, kind, world, folder)


def _play(name: str, kind: str, world: World, folder: Path) -> None:
    """Two steps; then a third one in a game that goes on from what one process had after two."""
    game = build(name, kind, world)
    sent = _count_sent(game)
    with reduce_scatters() as scattered:
        for _ in range(STEPS):
            game.step()
    game.draw(folder / f"{name} {kind}.picture")
    found = {"state": vars(game.state()), "sent": sent, "scattered": scattered, "kept": _kept(game)}
    other = build(name, kind, world)
    other.load_state(StepState(**torch.load(folder / f"{name}.start", weights_only=False)))
    other.step()
    found["resumed"] = vars(other.state())
    if world.is_first:
        torch.save(found, folder / f"{name} {kind}")


def _kept(game: GANStep) -> int:
    """Numbers of both networks that this process keeps."""
    parameters = [*game.generator.parameters(), *game.discriminator.parameters()]
    return sum(getattr(p, "to_local", lambda p=p: p)().numel() for p in parameters)


def _count_sent(game: GANStep) -> dict[str, int]:
    """How often each whole network's gradients are sent, as it happens."""
    counts = {"generator": 0, "discriminator": 0}

    def hook(name: str, bucket: distributed.GradBucket) -> torch.futures.Future[torch.Tensor]:
        counts[name] += 1
        return default_hooks.allreduce_hook(distributed.group.WORLD, bucket)

    for name in counts:
        network = getattr(game._players, name)
        if isinstance(network, DistributedDataParallel):
            network.register_comm_hook(name, hook)
    return counts
