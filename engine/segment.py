"""``python -m engine.segment``: points or boxes on a raster become polygons in a vector layer."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from types import ModuleType

from engine.console import Parser, Reporter, program, run_command
from engine.grid import RasterGrid
from engine.inputs import check_apart
from engine.models.lora import doubtful
from engine.options import add_options, cluster_from, config_from, model_loader, request_from
from engine.segmentation import segment
from engine.writing import record
from engine.writing.crs import check_crs
from engine.writing.output import check_writable, files_written, write_layer
from engine.writing.shards import RUN, AlreadyDoneError, Shards, layer_stands

RESUME_HINT = "interrupted, no layer was written; continue with --resume"


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    options = _parser().parse_args(argv)
    command = shlex.join(["segment", *(sys.argv[1:] if argv is None else argv)])

    def work(reporter: Reporter) -> None:
        check_apart(files_written(options.out), options)
        done_before = options.resume and layer_stands(options.out)
        check_writable(options.out, options.overwrite or done_before)
        config, cluster = config_from(options), cluster_from(options)
        if config.adapter is not None and (warning := doubtful(Path(config.adapter))):
            reporter.event("note", f"note: {warning}")
        loader = model_loader(config, options.threads)
        doubts: list[str] = []

        def check(grid: RasterGrid) -> None:
            doubts.extend(check_crs(options.out, grid))
            reporter.notes(doubts)

        with Shards(options.out, options.resume) as shards:
            try:
                request = request_from(options)
                result = segment(request, config, reporter, loader, command, check, shards, cluster)
            except AlreadyDoneError:
                shards.discard()
                _done(reporter, options.out, record.counts(options.out), "; this run was done already")
                return
            run = {**result.run, RUN: shards.run, **({"output": {"notes": doubts}} if doubts else {})}
            reporter.notes(write_layer(options.out, result.frame, run, overwrite=options.overwrite))
            shards.discard()
        _summary(reporter, options.out, result.counts(), result.frame)

    return run_command(work, Reporter("segment", quiet=options.quiet, as_json=options.json), RESUME_HINT)


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
    parser = Parser(prog=program("segment"), description=__doc__)
    add_options(parser, "segment")
    return parser


class _Callable(ModuleType):
    """This module; called, it is :func:`engine.segmentation.segment`: ``engine.segment(request)``."""

    __call__ = staticmethod(segment)


sys.modules[__name__].__class__ = _Callable

if __name__ == "__main__":
    sys.exit(main())
