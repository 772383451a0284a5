"""What `--quiet` and `--json` mean, and what is drawn where."""

import json
import math
import re
import sys
from pathlib import Path

import pytest

from onestage.cli._answer import Answer, Block, as_json, facts, table
from onestage.cli._terminal import Terminal
from onestage.training import SilentReporter

ANSWER = Answer(
    {"run": Path("runs/a"), "fid": math.nan, "losses": (1, math.inf), "names": {1: None}},
    [facts("Done", {"steps": 2000, "fid": 0.123456, "run": Path("runs/a")}), "next"],
)


def say(terminal):
    terminal.note("a note")
    terminal.warn("take care")
    with terminal.progress("part") as progress:
        progress(1, 2)
    terminal.answer(ANSWER)


def test_a_person_reads_the_answer_and_what_goes_with_it(capsys):
    say(Terminal())
    out, error = capsys.readouterr()
    assert out == "Done\n  steps: 2,000\n  fid: 0.1235\n  run: runs/a\nnext\n"
    assert error == "a note\nonestage: warning: take care\npart 1/2\n"


def test_json_is_one_document_that_any_parser_takes(capsys):
    say(Terminal(as_json=True))
    out, error = capsys.readouterr()
    record = json.loads(out, parse_constant=pytest.fail)
    assert record == {"run": "runs/a", "fid": None, "losses": [1, None], "names": {"1": None}}
    assert out.count("\n") == 1
    assert "a note" in error


@pytest.mark.parametrize("json_too", [False, True])
def test_quiet_leaves_the_document_alone(capsys, json_too):
    terminal = Terminal(quiet=True, as_json=json_too)
    say(terminal)
    out, error = capsys.readouterr()
    assert bool(out) is json_too
    assert error == ""
    assert isinstance(terminal.reporter(10), SilentReporter)


def test_a_terminal_gets_tables(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    drawn = table(["run", "fid"], [["[a]", "1.0"]])
    Terminal().answer(Answer(None, [Block(drawn, "plain"), facts("T", {"x": 1})]))
    out = capsys.readouterr().out
    assert "[a]" in out and "plain" not in out
    assert "\u2500" in out  # ruled lines
    assert not re.search(r"\x1b\[[39]\dm", out)  # and no colour


def test_as_json_keeps_what_json_has():
    assert as_json([True, 1, 0.5, "x", None]) == [True, 1, 0.5, "x", None]
