"""One stage against two: how fast, and how good at equal steps and at equal time.

`play` trains both methods in turn in one process, `summary` makes numbers of several seeds, and
`report` writes them down. `benchmarks/quality.py` is the command.
"""
