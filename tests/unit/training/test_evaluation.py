from tests._failing_evaluation import work
from tests._processes import run_together

from onestage.training import RunFolder, latest_checkpoint, load_checkpoint


def test_a_failure_in_the_first_process_ends_all_after_the_step_was_saved(tmp_path):
    """None is left waiting: gloo would wait for half an hour."""
    run_together(work, tmp_path)
    ended = [(tmp_path / f"ended-{rank}").read_text() for rank in range(2)]
    assert ended == ["it has no spread"] * 2
    run = RunFolder.open(tmp_path / "run")
    assert load_checkpoint(latest_checkpoint(run.checkpoints)).step == 2
