"""``python -m engine.train``: adapt a model to a point layer. The work is done by the training package."""

from __future__ import annotations

import sys
from importlib import import_module


def main(argv: list[str] | None = None) -> int:
    """Run the command line of :mod:`training.adapt.command`; the engine itself never imports training."""
    return int(import_module("training.adapt.command").main(argv))


if __name__ == "__main__":
    sys.exit(main())
