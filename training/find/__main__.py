"""``python -m training.find``; see :mod:`training.find.command`."""

import sys

from training.find.command import main

if __name__ == "__main__":
    sys.exit(main())
