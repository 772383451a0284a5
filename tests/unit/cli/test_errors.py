"""What a person may get wrong: one line on stderr, status 2, nothing written."""

import pytest
from PIL import Image

from onestage.cli import main
from onestage.training import RunFolder, build_config


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "unknown.yaml").write_text("generator:\n  learning_rat: 1e-4\n")
    (tmp_path / "type.yaml").write_text("steps: 2.5\n")
    (tmp_path / "group.yaml").write_text("generator: 5\n")
    (tmp_path / "syntax.yaml").write_text("steps: [1\n")
    (tmp_path / "empty").mkdir()
    (tmp_path / "unreadable").mkdir()
    (tmp_path / "unreadable" / "x.png").write_bytes(b"no image")
    (tmp_path / "lonely").mkdir()
    Image.new("L", (16, 16)).save(tmp_path / "lonely" / "one.png")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine.txt").write_text("mine")
    (tmp_path / "grid.png").write_bytes(b"mine")
    RunFolder.create(tmp_path / "run", build_config())
    Image.new("L", (16, 16)).save(tmp_path / "file.png")
    return tmp_path


TRAIN_ERRORS = [
    ("--out taken", "taken exists already"),
    ("--out file.png", "file.png exists already"),
    ("--out file.png/run", "file.png/run cannot be made"),
    ("--config unknown.yaml", "unknown.yaml: Unknown setting generator.learning_rat. Did you mean"),
    ("--config type.yaml", "type.yaml: steps is 2.5: it must be a whole number"),
    ("--config group.yaml", "generator is 5: it must be a mapping"),
    ("--config syntax.yaml", "syntax.yaml is not valid YAML"),
    ("--config missing.yaml", "There is no config file missing.yaml"),
    ("--stepz 3", "Did you mean --steps"),
    ("--generator.lerning-rate 3", "Did you mean --generator.learning-rate"),
    ("--steps 2.5", "--steps is '2.5': it must be a whole number"),
    ("--steps many", "--steps is 'many'"),
    ("--steps", "--steps needs a value"),
    ("--steps 0", "steps is 0: it must be at least 1"),
    ("--generator.learning-rate -1", "it must be above 0"),
    ("--loss hing", "Did you mean hinge"),
    ("--method two-stage-tune", "two-stage-tuned"),
    ("--strategy reversal", "strategy='reversal' cannot be exact"),
    ("--image-size 24", "16, 32, 64 or 128"),
    ("--device cuda:99", "device is 'cuda:99'"),
    ("--data.source empty", "empty holds no images"),
    ("--data.source missing", "missing does not exist"),
    ("--data.source unreadable", "x.png cannot be read as an image"),
    ("--data.source lonely --image-size 16", "lonely has 1 image, and an evaluation needs 2"),
    ("--data.source lonely --image-size 16", "by --evaluate-samples 0"),
    ("--resume missing", "missing is not the folder of a run"),
    ("--resume taken", "taken is not the folder of a run"),
    ("--resume taken --out x", "--resume goes on in the run's own folder"),
    ("extra", "extra"),
]


@pytest.mark.parametrize(("arguments", "message"), TRAIN_ERRORS)
def test_train_refuses(place, capsys, arguments, message):
    before = sorted(place.rglob("*"))
    assert main(["train", *arguments.split()]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert "Traceback" not in captured.err
    assert sorted(path for path in place.rglob("*") if path.name != "runs") == before
    assert (place / "taken" / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("sample", "sample needs RUN"),
        ("sample missing", "missing is not the folder of a run"),
        ("sample run --out grid.png", "grid.png exists already"),
        ("sample run --out nowhere/grid.png", "There is no folder nowhere"),
        ("sample run --out new.png", "run has no checkpoint yet: the first comes with step "),
        ("evaluate run", "run has no checkpoint yet: the first comes with step "),
        (
            "train --resume run",
            "There is no checkpoint in run/checkpoints; the run must be started anew",
        ),
        ("train --resume run --loss hinge", "--loss cannot change from nonsaturating to hinge"),
        ("sample taken --count 0 --out new.png", "--count is 0"),
        ("sample taken --count 1.5", "--count is '1.5'"),
        ("evaluate missing", "missing is not the folder of a run"),
        ("evaluate taken --samples 1", "--samples is 1"),
        ("trian", 'Did you mean "train"'),
    ],
)
def test_the_other_commands_refuse(place, capsys, arguments, message):
    assert main(arguments.split()) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert (place / "grid.png").read_bytes() == b"mine"


def test_help_is_no_error(capsys):
    assert main(["train", "--help"]) == 0
    assert "--generator.learning-rate" in capsys.readouterr().out
