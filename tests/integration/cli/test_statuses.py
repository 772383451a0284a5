"""The exit statuses are those of docs/command-line.md, each brought about."""

import os
import re
import signal
import subprocess
import sys
import threading
import time

import pytest
import torch
from tests.doc._snippets import ROOT
from tests.unit.report._folders import write_run

from onestage.cli import main

ENDLESS = "train --out run --steps 1000000 --batch-size 8 --threads 1 --evaluate-samples 0"


def stopped_by(number):
    """Train until a signal comes, which is sent once the run has a folder."""

    def send():
        while not os.path.exists("run/config.yaml"):
            time.sleep(0.02)
        os.kill(os.getpid(), number)

    def status():
        threading.Thread(target=send, daemon=True).start()
        threads = torch.get_num_threads()
        try:
            return main(ENDLESS.split())
        finally:
            torch.set_num_threads(threads)

    return status


def unread():
    """Nobody reads: the pipe's other end is closed before anything is written."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "onestage", "presets"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert done.stderr == b""
    return done.returncode


def failed():
    """The report cannot be written where a folder has its name."""
    os.mkdir("page.html")
    return main(["report", "mine", "--out", "page.html"])


WAYS = {
    0: lambda: main(["presets", "--quiet"]),
    1: failed,
    2: lambda: main(["trian"]),
    130: stopped_by(signal.SIGINT),
    141: unread,
    143: stopped_by(signal.SIGTERM),
}


@pytest.mark.parametrize("status", WAYS)
def test_it_ends_with(status, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_run(tmp_path / "mine")
    assert WAYS[status]() == status


def test_ctrl_c_while_it_still_imports_is_one_line(monkeypatch, capsys):
    class Interrupted:
        def find_spec(self, name, path, target=None):
            if name == "onestage.cli._app":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "onestage.cli._app", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Interrupted(), *sys.meta_path])
    assert main(["presets"]) == 130
    assert capsys.readouterr().err == "onestage: stopped before anything was begun.\n"


def test_the_page_names_all_of_them():
    section = (ROOT / "docs/command-line.md").read_text().partition("## Exit status")[2]
    rows = re.findall(r"^\| (\d+) \|", section.partition("## ")[0], re.MULTILINE)
    assert [*map(int, rows)] == list(WAYS)
