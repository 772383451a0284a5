"""Whether loading keeps ahead of training: images per second of a folder and of its shards.

Makes a folder of JPEGs at 64 x 64 and packs it, then measures in turn, round after round: training
steps of the demonstration's recipe, and batches from the folder and from the shards, as they come
(this many images are decoded once and held in memory) and with nothing held (each image is read and
decoded when it is wanted). Writes benchmarks/results/loading.json.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import os
import shlex
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import PIL
import torch
from PIL import Image

from onestage.apps.image_gan import build_image_gan
from onestage.compare import describe_machine
from onestage.data import build_loader, build_source
from onestage.data.tools import pack
from onestage.training import build_config

_RESULT = Path(__file__).resolve().parent / "results" / "loading.json"
_SIZE, _BAR = 64, 5.0
_WARM_UP = 20


def main() -> None:
    options = _parser().parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.data or temporary)
        images, shards = folder / "images", folder / "shards"
        _make_images(images, options.images)
        pack(_source(images, memory=0), shards, workers=options.workers)
        rounds = _measure(images, shards, options)
    medians = {name: statistics.median(r[name] for r in rounds) for name in rounds[0]}
    ratios = {
        name: statistics.median(r[name] / r["training"] for r in rounds)
        for name in medians
        if name not in ("training", "load_average")
    }
    record = {
        "date": date.today().isoformat(),
        "command": shlex.join(["python", "benchmarks/loading.py", *sys.argv[1:]]),
        "machine": {**describe_machine(), "pillow": PIL.__version__, "numpy": np.__version__},
        "images": options.images,
        "image_size": _SIZE,
        "workers": options.workers,
        "unit": "images per second",
        "medians": medians,
        "ratios_to_training": ratios,
        "bar": _BAR,
        "rounds": rounds,
    }
    print(json.dumps({"medians": medians, "ratios_to_training": ratios}, indent=1))
    options.out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def _make_images(folder: Path, count: int) -> None:
    """Smooth random pictures with a little noise; they compress as photographs do."""
    if folder.exists():
        return
    rng = np.random.default_rng(0)
    for number in range(count):
        path = folder / f"{number // 1000:02d}" / f"{number:05d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        small = Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8))
        smooth = np.asarray(small.resize((_SIZE, _SIZE), Image.Resampling.BICUBIC), dtype=np.int16)
        noisy = smooth + rng.integers(-12, 13, smooth.shape, dtype=np.int16)
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(path, quality=90)


def _source(path: Path, **options: int) -> Any:
    return build_source(str(path), image_size=_SIZE, **options)


def _measure(images: Path, shards: Path, options: argparse.Namespace) -> list[dict[str, float]]:
    config = build_config({"batch_size": options.batch_size})
    game = build_image_gan(config)
    sources = {
        "folder_in_memory": _source(images),
        "shards_in_memory": _source(shards),
        "folder_from_disk": _source(images, memory=0),
        "shards_from_disk": _source(shards, memory=0),
    }
    for _ in range(_WARM_UP):
        game.step()
    rounds = []
    for _ in range(options.rounds):
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else math.nan  # was it quiet?
        speeds = {
            "load_average": load,
            "training": _speed(game.step, options.steps, options.batch_size),
        }
        for name, source in sources.items():
            loader = build_loader(
                source,
                options.batch_size,
                seed=0,
                workers=options.workers,
                start=len(rounds) * options.batches,
                flip=True,
            )
            batches = iter(loader)
            for _ in range(_WARM_UP):  # the workers' start, and what they have read ahead
                next(batches)
            speeds[name] = _speed(lambda b=batches: next(b), options.batches, options.batch_size)
            del batches
        rounds.append(speeds)
        print({name: round(speed, 1) for name, speed in speeds.items()}, flush=True)
    return rounds


def _speed(do: Callable[[], object], times: int, batch_size: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        do()
    return times * batch_size / (time.perf_counter() - start)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--batches", type=int, default=200, help="of each loader in a round")
    parser.add_argument("--steps", type=int, default=40, help="of training in a round")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--data", help="folder that keeps the images for the next time")
    parser.add_argument("--out", type=Path, default=_RESULT)
    return parser


if __name__ == "__main__":
    logging.basicConfig()
    main()
