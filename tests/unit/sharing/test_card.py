import re

import pytest
import torch
from huggingface_hub import ModelCard
from tests.unit.sharing._generators import NAMES, build

from onestage.sharing import write_folder

TRAINING = {
    "step": 600,
    "settings": {"method": "one-stage", "loss": "hinge", "data": {"source": "faces"}},
    "metrics": {"fid": 1.23456, "num_samples": 2000},
}


@pytest.mark.parametrize("name", NAMES)
def test_its_code_runs(tmp_path, name):
    write_folder(build(name), tmp_path)
    card = ModelCard.load(tmp_path / "README.md")
    assert card.data.library_name == "onestage"
    (code,) = re.findall(r"```python\n(.*?)```", card.text, flags=re.DOTALL)
    names = {}
    exec(code.replace("OWNER/NAME", str(tmp_path)), names)
    made = next(names[name] for name in ("images", "points", "waves") if name in names)
    assert len(made) == 8
    assert isinstance(made, torch.Tensor)


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("CGANGenerator", "unconditional-image-generation"),
        ("UNetGenerator", "image-to-image"),
        ("MLPGenerator", None),
    ],
)
def test_the_hub_is_told_what_it_does(tmp_path, name, task):
    write_folder(build(name), tmp_path)
    assert ModelCard.load(tmp_path / "README.md").data.pipeline_tag == task


def test_it_says_how_it_was_trained(tmp_path):
    write_folder(build("CGANGenerator"), tmp_path, TRAINING)
    text = (tmp_path / "README.md").read_text()
    assert "# CGANGenerator: faces" in text
    assert "600 steps on faces, method one-stage, loss hinge" in text
    assert "| fid | 1.235 |\n| num_samples | 2000 |" in text
    assert "| takes | labels | [batch] | int64 | classes 0 to 2 |" in text


def test_it_says_which_label_is_which_class(tmp_path):
    names = ["cat", "a|b", "two\nlines", "not text \udcff", *(f"c{n}" for n in range(4, 120))]
    training = {**TRAINING, "id2label": {str(label): name for label, name in enumerate(names)}}
    write_folder(build("CGANGenerator"), tmp_path, training)
    text = (tmp_path / "README.md").read_text()
    rows = "| 0 | cat |\n| 1 | a\\|b |\n| 2 | two lines |\n| 3 | not text ? |\n| 4 | c4 |\n"
    assert f"| label | class |\n| --- | --- |\n{rows}" in text
    assert "| 99 | c99 |\n| ... | 20 more, in `config.json` |\n\n" in text


def test_of_what_is_not_known_it_says_nothing(tmp_path):
    write_folder(build("CGANGenerator"), tmp_path)
    assert "How it was trained" not in (tmp_path / "README.md").read_text()
