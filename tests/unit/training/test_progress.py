import io

import pytest

from onestage.training import _progress, build_reporter, is_animated

RECORD = {
    "discriminator_loss": 1.25,
    "generator_loss": 0.5,
    "real_score": 0.75,
    "fake_score": -0.25,
    "images_per_second": 1234.0,
}


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch):
    """The environment of an ordinary terminal, whatever the tests run in."""
    for name in ("NO_COLOR", "JPY_PARENT_PID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    return monkeypatch


@pytest.mark.parametrize(
    ("name", "value"),
    [("NO_COLOR", "1"), ("TERM", "dumb"), ("JPY_PARENT_PID", "7")],
)
def test_what_speaks_against_drawing_over_a_line(terminal, name, value):
    assert is_animated(Screen())
    assert not is_animated(io.StringIO())
    terminal.setenv(name, value)
    assert not is_animated(Screen())
    stream = Screen()
    with build_reporter(1, stream=stream) as reporter:
        reporter.record({"step": 1, **RECORD})
    assert stream.getvalue().startswith("step 1/1  D 1.25")
    assert "\x1b" not in stream.getvalue()


def test_a_slow_run_is_heard_of_every_minute(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(_progress.time, "monotonic", lambda: now[0])
    stream = io.StringIO()
    with build_reporter(100, stream=stream) as reporter:
        for step in range(1, 8):
            now[0] += 25.0
            reporter.record({"step": step, "student_loss": 2.0})
    lines = stream.getvalue().splitlines()
    assert [line.split("  ")[0] for line in lines] == ["step 3/100", "step 6/100"]
    assert lines[0].endswith("student 2.00  0:40:25 left")  # 97 steps of 25 s


def test_elsewhere_a_line_is_printed_every_few_hundred_steps():
    stream = io.StringIO()
    with build_reporter(450, stream=stream) as reporter:
        for step in range(50, 451, 50):
            reporter.advance(step)
            reporter.record({"step": step, **RECORD})
        reporter.record({"step": 450, "metrics": {}})
    lines = stream.getvalue().splitlines()
    assert [line.split("  ")[0] for line in lines] == [
        "step 200/450",
        "step 400/450",
        "step 450/450",
    ]
    assert "D 1.25 G 0.50 real +0.75 fake -0.25 1,234 img/s" in lines[0]
    assert lines[0].endswith("0:00:00 left")
    assert "\x1b" not in stream.getvalue()


def test_a_terminal_gets_a_bar_with_losses_scores_and_speed(terminal):
    stream = Screen()
    with build_reporter(100, stream=stream) as reporter:
        reporter.advance(50)
        reporter.record({"step": 50, **RECORD})
        reporter.note("a [note]")
    text = stream.getvalue()
    assert "step 50/100" in text
    assert "D 1.25 G 0.50 real +0.75 fake -0.25 1,234 img/s" in text
    assert "a [note]" in text
