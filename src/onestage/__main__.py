"""`python -m onestage` is the command `onestage`."""

import sys

from onestage.cli import main

if __name__ == "__main__":
    sys.exit(main())
