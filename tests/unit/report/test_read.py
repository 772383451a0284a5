import json
import os
from pathlib import Path

import pytest
from tests.unit.report._folders import evaluation, log_of, write_run

from onestage.report._read import flat, read_runs


def test_what_a_folder_holds(tmp_path):
    path = write_run(tmp_path / "one", pictures=(20, 3))
    (path / "samples" / "notes.png").touch()
    measured = {"step": 300, "fid": 5.0}
    (path / "evaluations.jsonl").write_text(json.dumps(measured) + "\n")
    (run,) = read_runs([path])
    assert run.name == "one"
    assert run.settings["generator.learning_rate"] == 0.001
    assert [record["step"] for record in run.records] == [50, 100, 150, 200, 250, 300]
    assert [record["fid"] for record in run.evaluations] == [5.5, 5.0]
    assert run.strategy.startswith("strategy: ratio")
    assert [step for step, _ in run.pictures] == [3, 20]


def test_a_line_that_was_cut_off_is_left_out(tmp_path):
    path = write_run(tmp_path / "one", records=log_of(2))
    with (path / "metrics.jsonl").open("a") as file:
        file.write('[1]\n{"step": "3"}\n{"step": 150, "discr')
    (run,) = read_runs([path])
    assert [record["step"] for record in run.records] == [50, 100]


def test_metrics_that_are_no_record(tmp_path):
    path = write_run(tmp_path / "one", records=[{"step": 1, "metrics": 3}])
    (run,) = read_runs([path])
    assert (run.records, run.evaluations) == ([], [{"step": 1}])


def test_runs_of_the_same_name_go_by_their_paths(tmp_path):
    paths = [write_run(tmp_path / place) for place in ("a/run", "b/run", "c")]
    assert [run.name for run in read_runs(paths)] == [str(paths[0]), str(paths[1]), "c"]


def test_the_folder_one_is_in_has_its_own_name(tmp_path, monkeypatch):
    monkeypatch.chdir(write_run(tmp_path / "here"))
    assert read_runs([Path()])[0].name == "here"


def test_a_name_that_is_no_text(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    assert read_runs([write_run(path)])[0].name == "\udcff"


def test_flat():
    assert flat({"a": {"b": {"c": 1}, "d": []}, "e": None}) == {"a.b.c": 1, "a.d": [], "e": None}


def test_a_run_that_only_drew(tmp_path):
    (run,) = read_runs([write_run(tmp_path / "one", records=[])])
    assert len(run.pictures) == 3


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "There is no run to report on"),
        (["run", "run"], "is given twice"),
        (["run", "sub/../run"], "is given twice"),
        (["nowhere"], "nowhere is not the folder of a run: it does not exist."),
        (["sub"], "sub is not the folder of a run: it has no config.yaml."),
        (["empty"], "empty has nothing to show yet"),
        (["broken"], "config.yaml cannot be read as YAML"),
    ],
)
def test_it_refuses(tmp_path, names, message):
    (tmp_path / "sub").mkdir()
    write_run(tmp_path / "run", records=[evaluation(1, 2.0)])
    write_run(tmp_path / "empty", records=[], pictures=())
    (write_run(tmp_path / "broken") / "config.yaml").write_text("a: [")
    with pytest.raises(ValueError, match=message) as caught:
        read_runs([tmp_path / name for name in names])
    assert "\n" not in str(caught.value)
