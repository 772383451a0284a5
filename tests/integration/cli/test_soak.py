"""Twenty minutes of bad luck: kills, full disks, terminations and broken images."""

import os
import random
import shutil
import signal
import time

import pytest
import torch
from PIL import Image
from tests.integration.cli.test_survival import LIMITED, assert_same, final, start

from onestage.cli import main
from onestage.training import list_checkpoints

SECONDS = float(os.environ.get("ONESTAGE_SOAK_SECONDS", "1200"))
CONFIG = """
batch_size: 8
image_size: 16
threads: 1
steps: 300
log_every: 5
sample_every: 50
checkpoint_every: 20
evaluate_every: 100
evaluate_samples: 40
data: {{source: {images}, flip: true, max_bad: 0.1}}
generator: {{base_width: 4, latent_dim: 8}}
discriminator: {{base_width: 4}}
penalties: {{r1: 1, r1_every: 3}}
augment: {{kind: ada, ramp_images: 1000}}
"""


def make_images(folder):
    """Forty images, one of which is cut off and one empty."""
    folder.mkdir()
    generator = torch.Generator().manual_seed(0)
    for number in range(40):
        pixels = torch.randint(0, 256, (20, 20, 3), dtype=torch.uint8, generator=generator)
        Image.fromarray(pixels.numpy()).save(folder / f"{number:02}.png")
    whole = (folder / "07.png").read_bytes()
    (folder / "07.png").write_bytes(whole[: len(whole) // 2])
    (folder / "23.png").write_bytes(b"")


def disturb(out, begin, chance):
    """One start of the run and its end; what ended it."""
    resumable = bool(list_checkpoints(out / "checkpoints"))
    if not resumable:
        shutil.rmtree(out, ignore_errors=True)
    what = chance.choice(("kill", "kill", "terminate", "full disk"))
    code = ("-m", "onestage")
    if what == "full disk":
        code = ("-c", LIMITED.format(limit=chance.choice((3_000, 20_000))))
    process = start(*(("train", "--resume", out) if resumable else begin), code=code)
    time.sleep(chance.uniform(2, 12))
    if process.poll() is None:
        process.send_signal(signal.SIGTERM if what == "terminate" else signal.SIGKILL)
    _, error = process.communicate(timeout=120)
    assert "Traceback" not in error, error
    return what


@pytest.mark.slow
def test_whatever_happens_a_run_ends_where_an_undisturbed_one_ends(tmp_path):
    make_images(tmp_path / "images")
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG.format(images=tmp_path / "images"))
    chance, deadline = random.Random(0), time.monotonic() + SECONDS
    threads, happened, runs = torch.get_num_threads(), [], 0
    while time.monotonic() < deadline or not runs:
        whole, part = tmp_path / f"whole-{runs}", tmp_path / f"part-{runs}"
        settings = ("--config", str(config), "--seed", str(runs))
        assert main(["train", *settings, "--out", str(whole)]) == 0
        begin = ("train", *settings, "--out", str(part))
        happened += [disturb(part, begin, chance) for _ in range(chance.randint(2, 5))]
        done = list_checkpoints(part / "checkpoints")
        if not done:
            shutil.rmtree(part, ignore_errors=True)
            assert main(list(begin)) == 0
        elif int(done[-1].name.removeprefix("step-")) < 300:
            assert main(["train", "--resume", str(part)]) == 0
        assert_same(final(part), final(whole))
        runs += 1
    torch.set_num_threads(threads)
    counts = {what: happened.count(what) for what in sorted(set(happened))}
    print(f"{runs} runs, {counts}: every one ended where its undisturbed twin did")
