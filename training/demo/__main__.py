"""``python -m training.demo``; see :mod:`training.demo.run`."""

import sys

from training.demo.run import main

if __name__ == "__main__":
    sys.exit(main())
