"""``python -m training.pretrain``; see :mod:`training.pretrain.loop`."""

import sys

from training.pretrain.loop import main

if __name__ == "__main__":
    sys.exit(main())
