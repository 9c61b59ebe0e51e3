"""The ``resam`` command: one word, ``resam VERB …``, for what ``python -m engine.VERB …`` does."""

from __future__ import annotations

import sys
from importlib import import_module

from engine.errors import EXIT_CODE

VERBS = {
    "segment": ("engine.segment", "points on a raster -> polygons in a vector layer"),
    "train": ("engine.train", "adapt a model to a point layer: LoRA from clicks alone"),
    "suggest": ("engine.suggest", "where to click next, so that a model learns most from it"),
    "adapters": ("engine.adapters", "list and compare adapters, merge one into a checkpoint"),
    "encode": ("engine.encode", "embed a raster beforehand, so that clicks are answered at once"),
    "evaluate": ("engine.evaluate", "the same, measured against reference polygons"),
    "preview": ("engine.preview", "a picture of polygons over their raster"),
    "models": ("engine.models.__main__", "list, fetch, verify or describe the models"),
    "selftest": ("engine.selftest", "whether this environment works: imports, the device, one prediction"),
}
"""Verb -> (module whose ``main(argv)`` does it, one line of help). Imported only when asked for."""


def usage() -> str:
    """The text of ``resam --help``."""
    lines = [f"  {verb:<10}{line}" for verb, (_, line) in VERBS.items()]
    return "\n".join(["usage: resam VERB [options]; `resam VERB --help` lists a verb's options", "", *lines])


def main(argv: list[str] | None = None) -> int:
    """Run the verb that ``argv`` (default: the process's arguments) names and return its exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    if arguments[:1] in (["-h"], ["--help"]):
        print(usage())
        return 0
    if not arguments or arguments[0] not in VERBS:
        asked = f"unknown verb {arguments[0]!r}" if arguments else "no verb given"
        print(f"resam: {asked}: use one of {', '.join(VERBS)}", file=sys.stderr)
        return EXIT_CODE
    module, _ = VERBS[arguments[0]]
    return int(import_module(module).main(arguments[1:]))


def forward(verb: str, module: str, argv: list[str] | None) -> int:
    """Run a command line that another package holds; one line and exit code 2 without that package."""
    try:
        command = import_module(module)
    except ModuleNotFoundError as error:
        print(
            f"{verb}: {error.name} is not installed; install the extra 'train' of this package",
            file=sys.stderr,
        )
        return EXIT_CODE
    return int(command.main(argv))
