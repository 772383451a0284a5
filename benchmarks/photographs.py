"""The recipe for images of the user's own, tried on crops of two photographs.

Trains each method from each seed at several weights of R1, measures the Frechet distance on 8 x 8
pixels four times on the way, and writes benchmarks/results/photographs-DATE-DEVICE.json and a grid
of samples for each run.
"""

from __future__ import annotations

import argparse
import itertools
import json
import shlex
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import torch

from onestage.apps.gan import GANStep
from onestage.apps.image_gan import build_image_gan
from onestage.compare import describe_machine
from onestage.training import build_config

_RESULTS = Path(__file__).resolve().parent / "results"
_MEASUREMENTS = 4


def main() -> None:
    options = _parser().parse_args()
    torch.set_num_threads(options.threads)
    device = torch.device(options.device)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
    stem = f"photographs-{date.today().isoformat()}-{name.split()[-1].lower()}{options.suffix}"
    about = {
        "command": shlex.join(["python", "benchmarks/photographs.py", *sys.argv[1:]]),
        "machine": {"device": name, **describe_machine()},
    }
    records: list[dict[str, Any]] = []
    for seed, method, r1 in itertools.product(options.seeds, options.methods, options.r1):
        game = _build(options, seed, method, r1)
        weight = game.config.penalties.r1
        records.append(
            {"method": method, "r1": weight, "seed": seed, **_train(game, options.steps)}
        )
        print(json.dumps(records[-1]), flush=True)
        grid = options.out / f"{stem}-{method}-r1-{weight:g}-seed-{seed}.png"
        options.out.mkdir(parents=True, exist_ok=True)
        game.draw(grid)
        (options.out / f"{stem}.json").write_text(
            json.dumps({**about, "records": records}, indent=1) + "\n"
        )


def _build(options: argparse.Namespace, seed: int, method: str, r1: float | None) -> GANStep:
    settings: dict[str, Any] = {
        "seed": seed,
        "method": method,
        "steps": options.steps,
        "image_size": options.image_size,
        "device": options.device,
        "data": {"source": "photographs"},
    }
    if r1 is not None:
        settings["penalties"] = {"r1": r1}
    if options.base_width:
        settings["generator"] = settings["discriminator"] = {"base_width": options.base_width}
    return build_image_gan(build_config(settings))


def _train(game: GANStep, steps: int) -> dict[str, Any]:
    distances, seconds = {}, 0.0
    for part in range(1, _MEASUREMENTS + 1):
        start = time.perf_counter()
        while game.count < steps * part // _MEASUREMENTS:
            game.step()
        if game.config.device.startswith("cuda"):
            torch.cuda.synchronize()
        seconds += time.perf_counter() - start
        distances[game.count] = game.evaluate()["fid"]
    return {"steps": steps, "seconds": seconds, "fid_by_step": distances}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--methods", nargs="+", default=["one-stage", "two-stage-tuned"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[2, 3])
    parser.add_argument("--r1", type=float, nargs="+", default=[None], help="or the recipe's")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--image-size", type=int, default=64)
    parser.add_argument("--base-width", type=int, help="by default the recipe's")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=_RESULTS)
    parser.add_argument("--suffix", default="", help="told apart in the files' names")
    return parser


if __name__ == "__main__":
    main()
