"""`python -m skewcheck`."""

import sys

from skewcheck.cli import main

if __name__ == "__main__":
    sys.exit(main())
