import pytest

from onestage.training import RunError, RunFolder, build_config


def test_a_new_folder_holds_the_config(tmp_path):
    config = build_config({"steps": 3})
    RunFolder.create(tmp_path / "a" / "run", config)
    assert build_config(RunFolder.open(tmp_path / "a" / "run").settings()) == config


def test_an_empty_folder_may_be_used(tmp_path):
    RunFolder.create(tmp_path, build_config())


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_exists_is_left_alone(tmp_path, kind):
    path = tmp_path / "run"
    if kind == "file":
        path.write_text("mine")
    else:
        path.mkdir()
        (path / "mine").write_text("mine")
    with pytest.raises(RunError, match="exists already"):
        RunFolder.create(path, build_config())
    assert (path if kind == "file" else path / "mine").read_text() == "mine"
    assert not (path / "config.yaml").exists()


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(RunError, match=r"has no config\.yaml"):
        RunFolder.open(tmp_path)
    with pytest.raises(RunError, match="does not exist"):
        RunFolder.open(tmp_path / "nowhere")


def test_a_spoilt_config_is_named(tmp_path):
    run = RunFolder.create(tmp_path / "run", build_config())
    run.config_file.write_text("steps: [")
    with pytest.raises(RunError, match="not valid YAML"):
        run.settings()


def test_the_log_is_cut_back_to_a_step(tmp_path):
    run = RunFolder.create(tmp_path / "run", build_config())
    for step in (5, 10, 10, 15):
        run.log({"step": step})
    with run.metrics_file.open("a") as file:
        file.write('{"step": 20, "lo')  # a kill in the middle of a write
    assert [record["step"] for record in run.records()] == [5, 10, 10, 15]
    run.truncate(10)
    assert run.metrics_file.read_text() == '{"step": 5}\n{"step": 10}\n{"step": 10}\n'


def test_only_a_run_without_results_is_discarded(tmp_path):
    run = RunFolder.create(tmp_path / "run", build_config())
    run.log({"step": 1})
    run.discard_if_empty()
    assert run.path.exists()
    run.truncate(0)
    run.discard_if_empty()
    assert not run.path.exists()
