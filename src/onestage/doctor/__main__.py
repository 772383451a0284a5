"""`python -m onestage.doctor`: the same as `onestage doctor`, with torch as its only dependency."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from onestage.doctor import describe, diagnose


def main(arguments: list[str] | None = None, *, needs: tuple[str, ...] = ()) -> int:
    """Look at everything; the exit status is 1 if something that is needed is broken.

    Args:
        arguments: of the command line.
        needs: as in `diagnose`.
    """
    parser = argparse.ArgumentParser("onestage doctor", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--quiet", "-q", action="store_true", help="print nothing but errors")
    given = parser.parse_args(arguments)
    found = diagnose(needs=needs)
    if given.json:
        print(json.dumps({"usable": found.is_usable, **asdict(found)}))
    elif not given.quiet:
        print(describe(found))
    return 0 if found.is_usable else 1


if __name__ == "__main__":
    sys.exit(main())
