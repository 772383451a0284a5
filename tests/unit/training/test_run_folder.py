import pytest

from onestage.training import LockError, RunError, RunFolder, build_config, locked


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


def test_the_settings_are_those_of_the_command_that_made_the_run(tmp_path):
    run = RunFolder.create(tmp_path / "run", build_config(), "adapt")
    with pytest.raises(RunError, match="run is a run of onestage adapt; give one of onestage tra"):
        run.settings()
    assert build_config(run.settings(command="adapt")) == build_config()
    run.config_file.write_text("steps: 3\n")  # by hand: no command is named
    assert run.settings() == {"steps": 3}


def test_the_log_is_cut_back_to_a_step(tmp_path):
    run = RunFolder.create(tmp_path / "run", build_config())
    for step in (5, 10, 10, 15):
        run.log({"step": step})
    with run.metrics_file.open("a") as file:
        file.write('{"step": 20, "lo')  # a kill in the middle of a write
    assert [record["step"] for record in run.records()] == [5, 10, 10, 15]
    run.truncate(10)
    assert run.metrics_file.read_text() == '{"step": 5}\n{"step": 10}\n{"step": 10}\n'


@pytest.mark.parametrize("left", ["all", "no metrics", "a part of the config"])
def test_what_a_run_left_that_was_killed_before_its_first_checkpoint_is_discarded(tmp_path, left):
    run = RunFolder.create(tmp_path / "run", build_config())
    if left != "all":
        run.metrics_file.unlink()
    if left == "a part of the config":
        run.config_file.rename(run.path / ".config.yaml.tmp")
    run.discard_false_start()
    assert not run.path.exists()
    run.discard_false_start()  # nothing is there


@pytest.mark.parametrize("name", ["mine", "checkpoints/step-0000003", "best"])
def test_what_a_run_has_saved_or_somebody_else_has_is_no_false_start(tmp_path, name):
    run = RunFolder.create(tmp_path / "run", build_config())
    (run.path / name).mkdir()
    run.discard_false_start()
    assert (run.path / name).exists()


def test_pictures_beside_no_config_are_no_run(tmp_path):
    (tmp_path / "samples").mkdir()
    RunFolder(tmp_path).discard_false_start()
    assert (tmp_path / "samples").exists()


def test_a_false_start_that_is_at_work_is_left(tmp_path):
    run = RunFolder.create(tmp_path / "run", build_config())
    with locked(run.path), pytest.raises(LockError):
        run.discard_false_start()
    assert run.config_file.exists()


def test_only_a_run_without_results_is_discarded(tmp_path):
    run = RunFolder.create(tmp_path / "run", build_config())
    run.log({"step": 1})
    run.discard_if_empty()
    assert run.path.exists()
    run.truncate(0)
    run.discard_if_empty()
    assert not run.path.exists()
