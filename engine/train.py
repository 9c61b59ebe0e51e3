"""``python -m engine.train``: adapt a model to a point layer. The work is done by the training package."""

from __future__ import annotations

import sys

from engine.cli import forward


def main(argv: list[str] | None = None) -> int:
    """Run the command line of :mod:`training.adapt.command`; the engine itself never imports training."""
    return forward("train", "training.adapt.command", argv)


if __name__ == "__main__":
    sys.exit(main())
