import sys
from pathlib import Path

# A benchmark is run as a script, so its modules are found beside it.
sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))
