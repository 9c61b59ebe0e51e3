"""``python -m engine.segment``: points or boxes on a raster become polygons in a vector layer."""

from __future__ import annotations

import argparse
import shlex
import sys
from functools import partial
from pathlib import Path
from types import ModuleType

from engine.cli import about
from engine.console import Parser, Reporter, program, run_command
from engine.options import add_options, config_from, execution_from, request_from
from engine.publishing import INTERRUPTED, check_output, publish, warn_of_doubtful
from engine.segmentation import segment, segment_in_parts
from engine.writing import record


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    options = _parser().parse_args(argv)
    command = shlex.join(["segment", *(sys.argv[1:] if argv is None else argv)])

    def work(reporter: Reporter) -> None:
        check_output(options)
        config = config_from(options)
        warn_of_doubtful(config.adapter, reporter)
        execution = execution_from(options, config, reporter, command)
        made = publish(options, execution, partial(segment_in_parts, request_from(options), config))
        if made is None:
            _done(reporter, options.out, record.counts(options.out), "; this run was done already")
        else:
            _summary(reporter, options.out, made.counts(), made.layer.fields)

    return run_command(work, Reporter("segment", quiet=options.quiet, as_json=options.json), INTERRUPTED)


def _summary(reporter: Reporter, out: Path, counts: dict[str, int], frame) -> None:  # type: ignore[no-untyped-def]
    rejected = frame[frame["status"] == "rejected"]
    reporter.rejected(zip(rejected["prompt_id"], rejected["reason"], strict=True))
    _done(reporter, out, counts)


def _done(reporter: Reporter, out: Path, counts: dict[str, int], more: str = "") -> None:
    text = (
        f"{out}: {counts['accepted']} accepted, {counts['review']} to review, {counts['rejected']} rejected"
    )
    reporter.event("done", text + more, out=str(out), **counts)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog=program("segment"), description=about("segment"))
    add_options(parser, "segment")
    return parser


class _Callable(ModuleType):
    """This module; called, it is :func:`engine.segmentation.segment`: ``engine.segment(request)``."""

    __call__ = staticmethod(segment)


sys.modules[__name__].__class__ = _Callable

if __name__ == "__main__":
    sys.exit(main())
