"""``python -m engine.train``: adapt a model to a point layer. The work is done by the training package."""

from __future__ import annotations

import sys

from engine.cli import forward
from engine.threads import settle


def main(argv: list[str] | None = None) -> int:
    """Run the command line of :mod:`training.adapt.command`; the engine itself never imports training."""
    settle()
    return forward("train", "training.adapt.command", argv)


if __name__ == "__main__":
    sys.exit(main())
