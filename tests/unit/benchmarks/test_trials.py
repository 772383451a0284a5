"""What is in the file is not done again."""

import json

from _trials import fill


def test_a_stopped_search_goes_on(tmp_path):
    path, done = tmp_path / "trials.json", []

    def run(cell):
        done.append(cell["seed"])
        return {"fid": 2.0 * cell["seed"]}

    about = {"preset": "lsgan", "rate": 2e-3}
    fill(path, about, [{"seed": 1}, {"seed": 2}], run)
    trials = fill(path, about, [{"seed": seed} for seed in (1, 2, 3)], run)
    assert done == [1, 2, 3]
    assert trials == [{"seed": seed, "fid": 2.0 * seed} for seed in (1, 2, 3)]
    assert json.loads(path.read_text()) == {**about, "trials": trials}
