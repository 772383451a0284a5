"""`onestage export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from onestage.apps import load_trained, provenance
from onestage.cli._answer import Answer
from onestage.sharing import FORMATS, export_generator
from onestage.training import RunFolder


def export(
    run: Path,
    /,
    *,
    to: Literal["safetensors", "torch-export", "onnx"],
    out: Path | None = None,
    best: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
) -> Answer:
    """Write a run's generator for the Hub, PyTorch alone or ONNX, checked.

    It is read back and held against the run's generator; the largest difference of a value is
    printed, and one above the format's tolerance is an error that leaves nothing. What the
    generator takes and gives and how it was trained is written with it; of the data, only the name.
    What distill and adapt have learnt is had from Python: load_student of
    onestage.apps.distillation, load_adapted of onestage.apps.adaptation.

    Parameters
    ----------
    run
        Folder of the run; its newest checkpoint's averaged generator is used.
    to
        safetensors: a folder with weights, config.json and a model card, as the Hugging Face Hub
        has models. torch-export: a program (.pt2) that needs PyTorch alone. onnx: a model (.onnx).
    out
        The file or folder; it must not exist yet. [default: RUN/generator, with the suffix]
    best
        Take the checkpoint whose evaluation had the least FID, not the newest.

    Examples
    --------
    onestage export runs/mine --to onnx
    onestage export runs/mine --to safetensors --best --out mine
    """
    folder = RunFolder.open(run)
    trained = load_trained(folder, best=best)
    path = out or run / f"generator{FORMATS[to].suffix}"
    done = export_generator(trained.generator, path, to, training=provenance(folder, trained))
    return Answer(
        {"step": trained.step, "to": to, **done._asdict()},
        [
            f"The generator of step {trained.step}: {done.path}",
            f"Largest difference from the run's generator in {done.num_samples} samples: "
            f"{done.difference:.1e} (at most {done.tolerance:.0e}).",
        ],
    )
