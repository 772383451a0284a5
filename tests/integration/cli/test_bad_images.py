"""Too many unreadable images: each command names the option by which it takes more."""

import pytest
from tests.unit.data._pictures import png

from onestage.cli import main

TRAIN = "--data.source photos --image-size 16 --steps 2 --batch-size 4 --evaluate-samples 0"
COMMANDS = {
    f"train {TRAIN} --generator.base-width 4 --discriminator.base-width 4 --out run": (
        "the setting data.max-bad (train --data.max-bad)",
        "--data.max-bad",
    ),
    "adapt --source photos --target photos --image-size 16 --steps 2 --batch-size 4 "
    "--evaluate-samples 0 --out run": ("--max-bad", "--max-bad"),
    "distill --data photos --image-size 16 --channels 1 --classes 10 --steps 2 "
    "--evaluate-samples 0 --out run": ("--max-bad", "--max-bad"),
    "data pack photos shards": ("--max-bad", "--max-bad"),
    "data prepare ffhq . --out shards": ("--max-bad", "--max-bad"),
}


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """Two images in each of ten classes, and another that is none; the same as a known data set."""
    monkeypatch.chdir(tmp_path)
    for root in ("photos", "thumbnails128x128"):
        for number in range(10):
            (tmp_path / root / str(number)).mkdir(parents=True)
            for image in range(2):
                file = tmp_path / root / str(number) / f"{image}.png"
                file.write_bytes(png(10 * number + image))
        (tmp_path / root / "0" / "2.png").write_bytes(b"no image")


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize("words", COMMANDS)
def test_the_option_that_is_named_is_there(words, capsys):
    named, option = COMMANDS[words]
    assert main(words.split()) == 2
    error = capsys.readouterr().err
    assert f"Or allow a larger share by {named}." in error
    assert error.count("\n") == 1
    assert main([*words.split(), option, "0.2"]) == 0
