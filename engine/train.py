"""``python -m engine.train``: adapt a model to a point layer. The work is done by the training package."""

from __future__ import annotations

import sys
from importlib import import_module

from engine.errors import EXIT_CODE


def main(argv: list[str] | None = None) -> int:
    """Run the command line of :mod:`training.adapt.command`; the engine itself never imports training."""
    try:
        command = import_module("training.adapt.command")
    except ModuleNotFoundError as error:
        print(
            f"train: {error.name} is not installed; install the extra 'train' of this package",
            file=sys.stderr,
        )
        return EXIT_CODE
    return int(command.main(argv))


if __name__ == "__main__":
    sys.exit(main())
