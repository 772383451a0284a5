import sys
from pathlib import Path

# The matrix is the benchmark's, whose modules are found beside it.
sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))
