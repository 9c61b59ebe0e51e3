"""The ``resam`` command: one word, ``resam VERB …``, for what ``python -m engine.VERB …`` does."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from engine.errors import EXIT_CODE

VERBS = {
    "segment": ("engine.segment", "points or boxes on a raster -> polygons in a vector layer"),
    "train": ("engine.train", "adapt a model to a point layer: LoRA from clicks alone"),
    "suggest": ("engine.suggest", "where to click next, so that a model learns most from it"),
    "find": ("engine.find", "every object that is like a few examples"),
    "everything": ("engine.everything", "every object of an area, without examples"),
    "adapters": ("engine.adapters", "list and compare adapters, merge one into a weights file"),
    "encode": ("engine.encode", "embed a raster beforehand, so that clicks are answered at once"),
    "evaluate": ("engine.evaluate", "segment, then measure the polygons against reference polygons"),
    "preview": ("engine.preview", "a picture of polygons over their raster"),
    "models": ("engine.models.__main__", "list, fetch, verify or describe the models"),
    "selftest": ("engine.selftest", "whether this environment works: imports, the device, one prediction"),
}
"""Verb -> (module whose ``main(argv)`` does it, one line of help)."""


def about(verb: str) -> str:
    """What a verb does, as its own help says it first."""
    line = VERBS[verb][1]
    return f"{line[0].upper()}{line[1:]}."


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_CODE, f"{self.prog}: {message}; --help lists the verbs\n")


class _Verb(argparse.ArgumentParser):
    """A verb of the command: its module, which may take seconds to import, parses what comes after it."""

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Take everything as it is."""
        found = argparse.Namespace() if namespace is None else namespace
        found.arguments = list(args or ())
        return found, []


def parser() -> argparse.ArgumentParser:
    """The parser of ``resam``; no verb's module is imported for it."""
    result = _Parser(
        prog="resam",
        description="From clicks on a georeferenced raster to polygons.",
        epilog="`resam VERB --help` lists a verb's options; `python -m engine.VERB` is the same.",
    )
    verbs = result.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=_Verb)
    for verb, (_, line) in VERBS.items():
        verbs.add_parser(verb, help=line, add_help=False)
    return result


def main(argv: list[str] | None = None) -> int:
    """Run the verb that ``argv`` (default: the process's arguments) names and return its exit code."""
    chosen = parser().parse_args(argv)
    module, _ = VERBS[chosen.verb]
    return int(import_module(module).main(chosen.arguments))


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
