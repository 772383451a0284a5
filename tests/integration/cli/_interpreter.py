"""How the tests start Python: warnings are errors, but for one that is not ours."""

import sys

import torch

# torch 2.6 leaves a temporary folder of its own to the end of the process.
_TORCHS_OWN = ["-W", "ignore:Implicitly cleaning up:ResourceWarning"]
PYTHON = [
    *(sys.executable, "-W", "error"),
    *(_TORCHS_OWN if torch.__version__.startswith("2.6.") else []),
]
