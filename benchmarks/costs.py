"""Operations and peak bytes of small steps, which no machine changes.

Compares them with benchmarks/results/costs.json, as a test of the suite does, and fails above +2 %;
`--write` replaces the file, after a change that is meant.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import torch

from onestage.bench import measure_costs, risen

FILE = Path(__file__).parent / "results" / "costs.json"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"replace {FILE.name}")
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    costs = measure_costs()
    if given.write:
        lines = ",\n".join(f"  {json.dumps(cost)}" for cost in costs)
        FILE.write_text(f'{{"torch": "{torch.__version__}", "costs": [\n{lines}\n]}}\n')
        return 0
    lines = risen(json.loads(FILE.read_text())["costs"], costs)
    print("\n".join(lines or ["nothing rose by more than 2 %"]))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
