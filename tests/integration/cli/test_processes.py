"""One run on several processes, under torchrun."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tests._processes import needs_sharding

from onestage.cli import main
from onestage.training import list_checkpoints, load_checkpoint

KILLED = Path(__file__).with_name("_killed.py")
# Plain SGD and no BatchNorm: Adam would divide rounding errors by themselves, and BatchNorm's
# statistics are those of a process.
CONFIG = """
batch_size: 12
image_size: 16
threads: 1
steps: 9
log_every: 3
sample_every: 0
checkpoint_every: 3
evaluate_samples: 0
data: {source: photographs, flip: true}
generator: {base_width: 4, latent_dim: 8, norm: group, optimizer: sgd, optimism: 0,
  learning_rate: 0.01, beta1: 0}
discriminator: {base_width: 4, optimizer: sgd, optimism: 0, learning_rate: 0.01, beta1: 0}
penalties: {r1: 1, r1_every: 2}
"""
POINTS = ["--penalties.gradient-penalty", "2", "--penalties.dragan", "2"]
CASES = {
    "ratio": [],
    "reversal": ["--loss", "minimax"],
    "dual": ["--strategy", "dual"],
    "batch statistics": ["--loss", "relativistic_average"],
    "a multiplier": ["--loss", "fisher", "--loss-options", "rho=0.1"],
    "shared penalty, critic": ["--penalties.r2", "1", "--critic-steps", "2"],
    "accumulation": ["--accumulation", "2", "--loss", "hinge"],
    "sharded": ["--parallel", "fsdp", "--penalties.lecam", "0.1", "--sample-every", "4"],
    "two stages": ["--method", "two-stage-tuned"],
    "two stages, in parts": ["--method", "two-stage-naive", "--accumulation", "3"],
    "points, augmentation": [*POINTS, "--augment.kind", "diffaugment", "--accumulation", "2"],
}


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(CONFIG)
    return path


@pytest.fixture
def here(capsys):
    threads = torch.get_num_threads()

    def train(*arguments):
        assert main(["train", *map(str, arguments)]) == 0

    yield train
    torch.set_num_threads(threads)


def torchrun(*arguments, processes=2, options=(), alone=True, program=("-m", "onestage")):
    command = [
        *(sys.executable, "-m", "torch.distributed.run", *(["--standalone"] if alone else [])),
        *("--nproc-per-node", str(processes), *options, *program, "train"),
        *map(str, arguments),
    ]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        start_new_session=True,
    )


def run(*arguments, status=0, **options):
    process = torchrun(*arguments, **options)
    out, error = process.communicate(timeout=300)
    assert process.returncode == status, error
    return out, error


def newest(folder):
    return load_checkpoint(list_checkpoints(folder / "checkpoints")[-1])


def assert_close(folder, other):
    first, second = newest(folder), newest(other)
    assert first.step == second.step
    for name, weights in second.state.weights.items():
        for key, value in weights.items():
            torch.testing.assert_close(
                first.state.weights[name][key], value, rtol=1e-4, atol=1e-6, msg=f"{name} {key}"
            )


@pytest.mark.parametrize(
    "case",
    [
        "ratio",
        pytest.param("sharded", marks=needs_sharding),
        *[pytest.param(n, marks=pytest.mark.slow) for n in CASES if n not in ("ratio", "sharded")],
    ],
)
def test_two_processes_end_where_one_ends_on_the_same_global_batch(tmp_path, config, here, case):
    one, two = tmp_path / "one", tmp_path / "two"
    here("--config", config, "--out", one, *CASES[case])
    _, said = run("--config", config, "--out", two, *CASES[case])
    assert "by 2 processes" in said
    assert said.count("step 9/9") == 1  # the first process alone speaks
    assert_close(two, one)
    records = [json.loads(line) for line in (two / "metrics.jsonl").read_text().splitlines()]
    assert [record["step"] for record in records] == [3, 6, 9]
    single = [json.loads(line) for line in (one / "metrics.jsonl").read_text().splitlines()]
    for record, expected in zip(records, single, strict=True):
        for name in ("discriminator_loss", "generator_loss", "real_score"):
            assert record[name] == pytest.approx(expected[name], rel=1e-3, abs=1e-4)


@needs_sharding
@pytest.mark.slow
def test_a_run_goes_on_with_another_number_of_processes(tmp_path, config, here):
    whole, part = tmp_path / "whole", tmp_path / "part"
    here("--config", config, "--out", whole)
    run("--config", config, "--out", part, "--steps", 3)
    evaluated = ("--evaluate-samples", 12, "--evaluate-every", 2)
    run("--resume", part, "--steps", 6, "--parallel", "fsdp", *evaluated, processes=3)
    assert len(list_checkpoints(part / "best")) == 1
    here("--resume", part, "--steps", 9)
    assert_close(part, whole)


@pytest.mark.slow
def test_two_nodes_on_one_machine_end_where_one_process_ends(tmp_path, config, here):
    one, two = tmp_path / "one", tmp_path / "two"
    here("--config", config, "--out", one)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    meeting = ("--nnodes", "2", "--rdzv-backend", "c10d", "--rdzv-id", "test")
    meeting = (*meeting, "--rdzv-endpoint", f"127.0.0.1:{port}")
    nodes = [
        torchrun("--config", config, "--out", two, processes=1, options=meeting, alone=False)
        for _ in range(2)
    ]
    for node in nodes:
        _, error = node.communicate(timeout=300)
        assert node.returncode == 0, error
    assert_close(two, one)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rank", "step", "options"),
    [
        (1, 2, []),  # before the first line of the log
        (0, 3, []),  # before the first checkpoint
        (1, 8, []),
        (0, 8, [*POINTS, "--augment.kind", "ada", "--accumulation", "2"]),
        pytest.param(0, 8, ["--parallel", "fsdp"], marks=needs_sharding),
        (1, 13, []),  # after the last step, when nothing is left to do
    ],
)
def test_a_killed_worker_is_started_again_and_the_end_is_the_same(
    tmp_path, config, rank, step, options, monkeypatch
):
    whole, part = tmp_path / "whole", tmp_path / "part"
    settings = ("--config", config, "--steps", 12, *options)
    run(*settings, "--out", whole)
    monkeypatch.setenv("ONESTAGE_KILLED", f"{rank}:{step}")
    _, error = run(
        *(*settings, "--out", part, "--auto-resume"),
        options=("--max-restarts", "1"),
        program=(str(KILLED),),
    )
    assert error.count("exitcode: -9") == 1
    first, second = newest(part), newest(whole)
    assert first.step == second.step == 12
    for name, weights in second.state.weights.items():
        for key, value in weights.items():
            assert torch.equal(first.state.weights[name][key], value), (name, key)
    records = [json.loads(line) for line in (part / "metrics.jsonl").read_text().splitlines()]
    assert [record["step"] for record in records] == [3, 6, 9, 12]
    assert (part / "report.html").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--batch-size", "7"], "batch-size is 7, for 2 processes together"),
        (["--cuda-graph"], "cuda-graph is on, which is for one process"),
    ],
)
def test_what_processes_cannot_share_is_refused(tmp_path, config, arguments, message):
    _, error = run("--config", config, "--out", tmp_path / "run", *arguments, status=1)
    assert message in error
    assert not (tmp_path / "run").exists()
