import io

from onestage.training import build_reporter

RECORD = {
    "discriminator_loss": 1.25,
    "generator_loss": 0.5,
    "real_score": 0.75,
    "fake_score": -0.25,
    "images_per_second": 1234.0,
}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


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
    assert "s left" in lines[0]
    assert "\x1b" not in stream.getvalue()


def test_a_terminal_gets_a_bar_with_losses_scores_and_speed():
    stream = Terminal()
    with build_reporter(100, stream=stream) as reporter:
        reporter.advance(50)
        reporter.record({"step": 50, **RECORD})
        reporter.note("a [note]")
    text = stream.getvalue()
    assert "step 50/100" in text
    assert "D 1.25 G 0.50 real +0.75 fake -0.25 1,234 img/s" in text
    assert "a [note]" in text
