import pytest

from onestage.apps import build_game
from onestage.compare import play
from onestage.compare._turns import Contender
from onestage.compare._unfinished import Unfinished


class StoppedError(Exception):
    pass


def after(turns):
    """Stops a unit before so many turns and one."""
    left = iter(range(turns))

    def between():
        if next(left, None) is None:
            raise StoppedError

    return between


def rounds_done(unit, path):
    contenders = {method: Contender(build_game(unit.config(method))) for method in unit.methods}
    rounds = Unfinished(path).load(contenders)
    assert {contender.game.count for contender in contenders.values()} == {rounds}
    return rounds


def test_what_was_stopped_goes_on_where_it_was(tmp_path, tiny):
    unit, path = tiny().unit("lsgan", 0), tmp_path / "unfinished" / "lsgan-0.pt"
    whole = play(unit)
    with pytest.raises(StoppedError):
        play(unit, after(25), Unfinished(path, every=0))
    assert path.exists()
    assert rounds_done(unit, path) == 12  # 24 turns of both; the 25th is lost
    rest = play(unit, unfinished=Unfinished(path))
    assert [r["metrics"]["fid"] for r in rest] == [r["metrics"]["fid"] for r in whole]
    assert not path.parent.exists()


def test_the_state_of_other_settings_is_not_gone_on_with(tmp_path, tiny):
    path = tmp_path / "lsgan-0.pt"
    with pytest.raises(StoppedError):
        play(tiny().unit("lsgan", 0), after(9), Unfinished(path, every=0))
    other = tiny(settings={**tiny().settings, "batch_size": 5}).unit("lsgan", 0)
    assert rounds_done(other, path) == 0


def test_nothing_is_written_before_its_time(tmp_path, tiny):
    path = tmp_path / "lsgan-0.pt"
    with pytest.raises(StoppedError):
        play(tiny().unit("lsgan", 0), after(9), Unfinished(path, every=3600))
    assert not path.exists()
