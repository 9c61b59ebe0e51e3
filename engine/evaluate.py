"""``python -m engine.evaluate``: segment, then measure against reference polygons."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.cli import about
from engine.console import Parser, Reporter, program, run_command
from engine.errors import ConfigError, PointsError
from engine.files import check_target, save_json
from engine.grid import RasterGrid
from engine.inputs import check_apart
from engine.options import add_options, cluster_from, config_from, execution_from, request_from
from engine.publishing import warn_of_doubtful
from engine.reading.vector import VectorLayer
from engine.scoring import LayerScores, Reference, measure_against
from engine.segmentation import segment_in_parts
from engine.writing.shards import Shards


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    options = _parser().parse_args(argv)
    command = shlex.join(["evaluate", *(sys.argv[1:] if argv is None else argv)])

    def work(reporter: Reporter) -> None:
        if options.points is None:
            raise PointsError("evaluate matches clicks with reference polygons: give --points")
        check_apart([] if options.out is None else [options.out], options)
        if options.out is not None:
            check_target(options.out)
        config = config_from(options)
        warn_of_doubtful(config.adapter, reporter)
        read: list[VectorLayer] = []

        def check(grid: RasterGrid) -> None:
            read.append(_reference(options, grid))
            reporter.notes(read[0].notes)

        with _shards(options) as shards:
            execution = replace(execution_from(options, config, reporter, command), check=check)
            result = segment_in_parts(request_from(options), config, execution, shards).whole()
            if shards is not None:
                shards.discard()
        report = measure_against(result, read[0], boxes=config.polygons.shape == "rotated-box")
        if options.out is not None:
            save_json({"scores": report.to_dict(), "counts": result.counts(), "run": result.run}, options.out)
        scores = {key: value for key, value in report.to_dict().items() if key != "matches"}
        reporter.event("done", _sentence(report), scores=scores, **result.counts())

    return run_command(work, Reporter("evaluate", quiet=options.quiet, as_json=options.json))


@contextmanager
def _shards(options: argparse.Namespace) -> Iterator[Shards | None]:
    """Where workers keep what they find; None without workers.

    Raises:
        ConfigError: it is not known where all machines of a cluster can write.
    """
    if cluster_from(options) is None:
        yield None
        return
    if options.out is None and options.scheduler is not None:
        raise ConfigError("with --scheduler, give --out in a folder that all machines share")
    with TemporaryDirectory() as own, Shards(options.out or Path(own) / "report.json", False) as shards:
        yield shards


def _reference(options: argparse.Namespace, grid: RasterGrid) -> VectorLayer:
    """The reference polygons in the raster's CRS; PointsError if they cannot be read."""
    return Reference(options.reference, options.reference_layer, options.encoding, options.allow_remote).read(
        grid
    )


def _sentence(report: LayerScores) -> str:
    overall = report.overall
    interval = "" if report.interval is None else f" [{report.interval[0]:.3f}, {report.interval[1]:.3f}]"
    missed = f", {report.n_without_polygon} without a polygon" if report.n_without_polygon else ""
    return f"mean IoU {overall.mean_iou:.3f}{interval}, F1 {overall.mean_f1:.3f}, {overall.n} objects{missed}"


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog=program("evaluate"), description=about("evaluate"))
    add_options(parser, "evaluate")
    return parser


if __name__ == "__main__":
    sys.exit(main())
