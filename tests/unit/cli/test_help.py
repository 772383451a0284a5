"""The help: groups, examples, and nothing that a pipe cannot take."""

import shlex

import pytest
from tests.doc._snippets import ROOT, blocks

from onestage._version import __version__
from onestage.cli import main
from onestage.cli._app import app
from onestage.cli._commands import examples

HOW = {"exit_on_error": False, "print_error": False}


def commands(parent=app, path=()):
    """Every command by its words, such as ("data", "pack")."""
    for name, command in parent.resolved_commands().items():
        if name.startswith("-"):
            continue
        if command.default_command is None:
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(commands())


def lines(text):
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def test_the_groups_are_those_of_the_page():
    rows = (ROOT / "docs/command-line.md").read_text().split("\n\n")[2].splitlines()[2:]
    page = {}
    for row in rows:
        _, group, names, _ = row.split("|")
        page[group.strip()] = [name.strip(" `") for name in names.split(",")]
    found = {}
    for path, command in COMMANDS.items():
        (group,) = (command if len(path) == 1 else app[path[0]]).group
        found.setdefault((group.sort_key, group.name), []).append(
            (command.sort_key, " ".join(path))
        )
    assert page == {
        name: [command for _, command in sorted(found[key, name])] for key, name in sorted(found)
    }


@pytest.mark.parametrize("words", [["trian", "--help"], ["-h", "trian"], ["data", "pak", "-h"]])
def test_there_is_none_of_an_unknown_command(words, capsys):
    assert main(words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Unknown command" in said.err
    assert "Did you mean" in said.err


def test_the_list_is_a_line_for_each(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for name in {path[0] for path in COMMANDS}:
        (line,) = [row for row in text.splitlines() if row.startswith(f"│ {name} ")]
        assert line.rstrip(" │").endswith("."), "its first sentence is longer than the line"
    assert text.index("Train") < text.index("Look and measure") < text.index("Environment")
    assert main([]) == 0
    assert capsys.readouterr().out == text


@pytest.mark.parametrize("parent", [app, app["data"]], ids=["onestage", "data"])
def test_the_examples_of_a_group_fit_the_terminal(parent):
    given = lines(parent.help_epilogue)[2:-1]
    assert all(line.startswith("onestage ") and len(line) <= 78 for line in given)


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_has_examples_that_it_takes(path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    given = lines(examples(COMMANDS[path].default_command))
    assert given
    for line in given:
        words = shlex.split(line.split("|")[0].split("&&")[0])
        after = words[words.index("onestage") + 1 :]
        assert tuple(after[: len(path)]) == path
        _, launched, _ = app.meta.parse_args(after, **HOW)
        app.parse_args(launched.args, **HOW)
    assert main([*path, "--help"]) == 0
    out, error = capsys.readouterr()
    shown = [row.strip() for row in out.partition("Examples:")[2].splitlines() if row.strip()]
    assert shown == [line.strip() for line in given]  # none is too long for the terminal
    assert ("--json" in out) and ("--quiet" in out)
    assert error == "" and "\x1b" not in out


def test_the_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"onestage {__version__}\n"


def test_the_page_shows_commands():
    assert len(blocks("docs/command-line.md", "console")) >= 2  # test_commands.py parses them
