"""`onestage doctor` where the command line itself is not installed."""

import json
import os
import subprocess
import sys

BLOCKED = """
import sys
sys.modules.update(dict.fromkeys(("PIL", "cyclopts", "rich", "yaml", "safetensors"), None))
from onestage.cli import main
sys.exit(main(sys.argv[1:]))
"""


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-c", BLOCKED, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
    )


def test_it_names_what_the_command_line_lacks():
    refused = run("presets")
    assert refused.returncode == 2
    assert "the command line needs cyclopts" in refused.stderr
    assert "python -m onestage.doctor" in refused.stderr
    done = run("doctor", "--json")
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    broken = {problem["what"].split()[0] for problem in found["problems"] if problem["is_needed"]}
    assert {"cyclopts", "rich", "pyyaml", "safetensors"} <= broken
    assert found["devices"][0]["exactness"]["strategy"] == "ratio"
