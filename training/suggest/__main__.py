"""``python -m training.suggest``; see :mod:`training.suggest.command`."""

import sys

from training.suggest.command import main

if __name__ == "__main__":
    sys.exit(main())
