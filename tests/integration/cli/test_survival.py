"""Runs that are killed, damaged, out of disk or started twice, as processes of their own."""

import json
import os
import random
import shutil
import signal
import subprocess
import time

import pytest
import torch
from tests.integration.cli._interpreter import PYTHON

from onestage.cli import main
from onestage.training import list_checkpoints, load_checkpoint

BASE = """
batch_size: 8
image_size: 16
threads: 1
log_every: 3
sample_every: 10
checkpoint_every: 5
evaluate_every: 20
evaluate_samples: 40
keep_checkpoints: 2
data: {source: photographs, flip: true}
generator: {base_width: 4, latent_dim: 8}
discriminator: {base_width: 4}
penalties: {r1: 1, r1_every: 2}
"""
EXTRAS = {
    "plain": [],
    "workers": ["--data.workers", "2"],
    "augmentation, accumulation, critic": [
        *("--augment.kind", "ada", "--augment.ramp-images", "100"),
        *("--accumulation", "2", "--critic-steps", "2", "--penalties.lecam", "0.1"),
    ],
}
ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1"}
LIMITED = """
import resource, sys
from onestage.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, resource.RLIM_INFINITY))
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(BASE)
    return path


def start(*arguments, code=("-m", "onestage")):
    command = [*PYTHON, *code, *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=ONE_THREAD)


def run(*arguments, status=0, **options):
    process = start(*arguments, **options)
    out, error = process.communicate(timeout=300)
    assert process.returncode == status, error
    assert "Traceback" not in error
    return out, error


@pytest.fixture
def here(capsys):
    """The same within this process, which starts faster."""
    threads = torch.get_num_threads()

    def train(*arguments, status=0):
        capsys.readouterr()
        assert main(["train", *map(str, arguments)]) == status
        return capsys.readouterr()

    yield train
    torch.set_num_threads(threads)


def final(folder):
    """All that a run leaves behind, times aside."""
    newest = load_checkpoint(list_checkpoints(folder / "checkpoints")[-1])
    records = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    timing = ("seconds", "images_per_second")
    log = [{k: v for k, v in record.items() if k not in timing} for record in records]
    pictures = {path.name: path.read_bytes() for path in (folder / "samples").glob("*.png")}
    best = [path.name for path in list_checkpoints(folder / "best")]
    return newest, log, pictures, best


def assert_same(first, second):
    (newest, *rest), (other, *others) = first, second
    assert newest.step == other.step
    assert_equal_trees(dict(newest.state.weights), dict(other.state.weights))
    assert_equal_trees(dict(newest.state.extra), dict(other.state.extra))
    assert rest == others


def assert_equal_trees(a, b):
    if isinstance(a, torch.Tensor):
        assert torch.equal(a, b)
    elif isinstance(a, dict):
        assert a.keys() == b.keys()
        for key in a:
            assert_equal_trees(a[key], b[key])
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            assert_equal_trees(x, y)
    else:
        assert a == b


def kill_and_resume(config, out, steps, kills, extras, seed):
    """Train, SIGKILLed at random moments; how often it was, and how often amid a checkpoint."""
    chance, done, amid = random.Random(seed), 0, 0
    begin = ("train", "--config", config, "--steps", steps, "--out", out, *extras)
    while done < kills:
        resumable = bool(list_checkpoints(out / "checkpoints"))
        if not resumable:
            shutil.rmtree(out, ignore_errors=True)
        process = start(*(("train", "--resume", out) if resumable else begin))
        wanted = chance.choice(("anywhere", "writing"))
        deadline = time.monotonic() + 60
        logged = (out / "metrics.jsonl").stat().st_size if resumable else 0
        while process.poll() is None and time.monotonic() < deadline:
            writing = any((out / "checkpoints").glob(".*.tmp")) if out.exists() else False
            grown = (
                out.exists()
                and (out / "metrics.jsonl").exists()
                and (out / "metrics.jsonl").stat().st_size != logged
            )
            if (wanted == "writing" and writing) or (wanted == "anywhere" and grown):
                break
            time.sleep(0.0005 if wanted == "writing" else chance.uniform(0.001, 0.05))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            done += 1
            amid += any((out / "checkpoints").glob(".*.tmp"))
        process.communicate()
        if process.returncode == 0:  # it got to its end: start over
            shutil.rmtree(out)
    return done, amid


@pytest.mark.parametrize(
    ("kind", "kills"),
    [
        ("plain", 1),
        pytest.param("plain", 25, marks=pytest.mark.slow),
        pytest.param("workers", 5, marks=pytest.mark.slow),
        pytest.param("augmentation, accumulation, critic", 8, marks=pytest.mark.slow),
    ],
)
def test_a_run_that_is_killed_again_and_again_ends_where_an_undisturbed_one_ends(
    tmp_path, config, here, kind, kills
):
    extras, steps = EXTRAS[kind], 60 if kills < 5 else 150
    whole, part = tmp_path / "whole", tmp_path / "part"
    here("--config", config, "--steps", steps, "--out", whole, *extras)
    killed, amid = kill_and_resume(config, part, steps, kills, extras, seed=kills)
    assert killed == kills
    if kills == 25:
        assert amid > 0
    if list_checkpoints(part / "checkpoints"):
        here("--resume", part)
    else:
        shutil.rmtree(part, ignore_errors=True)
        here("--config", config, "--steps", steps, "--out", part, *extras)
    assert_same(final(part), final(whole))
    leftovers = [p for p in part.rglob(".*") if p.name != ".lock"]
    assert leftovers == [] or kills == 25  # a file that was being written may stay beside


@pytest.fixture
def trained(tmp_path, config, here):
    out = tmp_path / "run"
    here("--config", config, "--steps", 10, "--out", out)
    return out


def damage(path, how):
    file = path / "generator.safetensors"
    if how == "cut off":
        file.write_bytes(file.read_bytes()[:-100])
    elif how == "flipped":
        data = bytearray(file.read_bytes())
        data[-50] ^= 1
        file.write_bytes(data)
    elif how == "missing":
        file.unlink()
    else:
        (path / "checkpoint.json").write_text("{")


@pytest.mark.parametrize("how", ["cut off", "flipped", "missing", "index"])
def test_a_damaged_checkpoint_is_named_and_the_one_before_it_used(
    tmp_path, config, trained, here, how
):
    whole = tmp_path / "whole"
    here("--config", config, "--steps", 15, "--out", whole)
    damage(trained / "checkpoints" / "step-0000010", how)
    _, said = here("--resume", trained, "--steps", 15)
    assert "step-0000010 is damaged" in said
    assert said.count("The one before it is used.") == 1
    first, second = final(trained), final(whole)
    assert_same(first[:1], second[:1])
    assert (trained / "checkpoints" / "step-0000010.damaged").is_dir()


def test_where_all_are_damaged_nothing_is_started_anew(trained, here):
    for path in list_checkpoints(trained / "checkpoints"):
        damage(path, "flipped")
    before = (trained / "metrics.jsonl").read_text()
    _, error = here("--resume", trained, "--steps", 15, status=2)
    *noted, refused = error.splitlines()
    assert refused.startswith("onestage: None of the 2 checkpoints")
    assert [line.partition(" is damaged")[1] for line in noted] == [" is damaged"] * 2
    assert (trained / "metrics.jsonl").read_text() == before
    assert len(list_checkpoints(trained / "checkpoints")) == 2


def test_a_full_disk_costs_checkpoints_and_nothing_else(tmp_path, config):
    # The limit on the size of a file is the kernel's, and met in the middle of a write.
    out = tmp_path / "run"
    code = ("-c", LIMITED.format(limit=6000))
    _, error = run("train", "--config", config, "--steps", 12, "--out", out, status=1, code=code)
    assert "The checkpoint of step 5 could not be written" in error
    assert "the older ones are kept, and it is tried again" in error
    assert "could not be written; make room, and go on by --resume" in error
    assert list_checkpoints(out / "checkpoints") == []
    records = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    assert [r["step"] for r in records if "discriminator_loss" in r] == [3, 6, 9, 12]


def test_a_second_process_is_refused_while_the_first_one_is_at_work(tmp_path, config):
    out = tmp_path / "run"
    first = start("train", "--config", config, "--steps", 100_000, "--out", out)
    try:
        while not list_checkpoints(out / "checkpoints"):
            assert first.poll() is None, first.communicate()
            time.sleep(0.02)
        first.send_signal(signal.SIGSTOP)  # it keeps the lock, and leaves us the processor
        _, error = run("train", "--resume", out, status=2)
        assert f"is in use by process {first.pid} on " in error
        assert error.count("\n") == 1
    finally:
        first.kill()  # which leaves a lock file behind that nobody holds
        first.communicate()
    done = load_checkpoint(list_checkpoints(out / "checkpoints")[-1]).step
    run("train", "--resume", out, "--steps", done + 2)


def test_what_may_change_does_and_what_may_not_is_shown(trained, here):
    _, error = here("--resume", trained, "--loss", "hinge", status=2)
    assert "--loss cannot change from nonsaturating to hinge" in error
    here("--resume", trained, "--steps", 12, "--log-every", 1)
    assert "log_every: 1" in (trained / "config.yaml").read_text()
