"""``python -m engine.suggest``: where to click next. The work is done by the training package."""

from __future__ import annotations

import sys

from engine.cli import forward


def main(argv: list[str] | None = None) -> int:
    """Run the command line of :mod:`training.suggest.command`; the engine itself never imports training."""
    return forward("suggest", "training.suggest.command", argv)


if __name__ == "__main__":
    sys.exit(main())
