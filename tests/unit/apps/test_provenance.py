import json
import math

import pytest

from onestage.apps import build_game, load_trained, provenance
from onestage.apps._provenance import public_name
from onestage.training import RunFolder, SilentReporter, StopRequest, Trainer, build_config


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("digits", "digits"),
        ("hf:owner/name:train", "hf:owner/name:train"),
        ("/home/somebody/secret project/faces", "faces"),
        ("/home/somebody/faces.zip", "faces.zip"),
        ("https://store/bucket/{000..012}.tar?key=secret", "{000..012}.tar"),
        ("pipe:cat /home/somebody/key", "pipe"),
    ],
)
def test_where_the_data_lie_is_not_said(source, name):
    assert public_name(source) == name


def test_a_run_says_how_it_was_trained(tmp_path):
    settings = {
        "steps": 4,
        "batch_size": 8,
        "threads": 1,
        "evaluate_every": 2,
        "evaluate_samples": 40,
        "sample_every": 0,
        "data": {"source": "ring"},
    }
    config = build_config(settings)
    run = RunFolder.create(tmp_path / "run", config)
    with StopRequest() as stop:
        Trainer(build_game(config), config, run).run(stop, SilentReporter())
    run.log({"step": 4, "metrics": {**run.records()[-1]["metrics"], "good_share": math.nan}})
    said = provenance(run, load_trained(run))
    json.dumps(said, allow_nan=False)
    assert json.loads(json.dumps(said))["settings"]["data"]["source"] == "ring"
    assert said["step"] == said["settings"]["steps"] == 4
    assert said["metrics"]["fid"] == run.records()[-1]["metrics"]["fid"]
    assert "reference_sha256" not in said["metrics"]
