"""``python -m engine.evaluate``: segment, then measure against reference polygons."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from engine.errors import OutputError, PointsError
from engine.grid import RasterGrid
from engine.inputs import check_apart
from engine.options import add_options, config_from, model_loader, request_from
from engine.reading.points import PromptSet
from engine.reading.vector import read_layer
from engine.report import Parser, Reporter, run_command
from engine.scoring import Report, score, with_reference
from engine.segmentation import Result, segment

SEED = 0
"""Seed of the bootstrap behind the intervals."""


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.report.run_command` for the exit codes."""
    options = _parser().parse_args(argv)
    command = shlex.join(["evaluate", *(sys.argv[1:] if argv is None else argv)])

    def work(reporter: Reporter) -> None:
        if options.points is None:
            raise PointsError("evaluate matches clicks with reference polygons: give --points")
        if options.out is not None:
            check_apart([options.out], options)
            if not options.out.parent.is_dir():
                raise OutputError(f"{options.out}: the folder does not exist; create it first")
        config = config_from(options)
        loader = model_loader(config, options.threads)
        result = segment(request_from(options), config, reporter, loader, command)
        report = measure(result, options.reference, options.reference_layer)
        if options.out is not None:
            save_json({"scores": report.to_dict(), "counts": result.counts(), "run": result.run}, options.out)
        scores = {key: value for key, value in report.to_dict().items() if key != "matches"}
        reporter.event("done", _sentence(report), scores=scores, **result.counts())

    return run_command(work, Reporter("evaluate", quiet=options.quiet, as_json=options.json))


def measure(result: Result, reference: Path, layer: str | None = None, *, required: bool = True) -> Report:
    """Compare a result with the reference polygons of a file.

    Args:
        required: whether it is an error if none of the polygons holds a click.

    Raises:
        PointsError: the file cannot be read, or none of its polygons holds a click.
    """
    truth = read_layer(reference, "polygon", layer=layer, target=result.grid.crs_wkt).frame
    clicks = _clicks(result.prompts, result.grid)
    report = score(result.frame, truth, clicks, rng=np.random.default_rng(SEED))
    if required and report.overall.n == 0:
        raise PointsError(f"{reference}: none of its polygons holds a click; check its extent and CRS")
    return report


def outlined(prompts: PromptSet, grid: RasterGrid, reference: Path, layer: str | None = None) -> set[int]:
    """Objects that :func:`measure` could measure: a polygon of the file holds their first positive click.

    Raises:
        PointsError: the file cannot be read.
    """
    truth = read_layer(reference, "polygon", layer=layer, target=grid.crs_wkt).frame
    return with_reference(_clicks(prompts, grid), truth)


def save_json(content: dict[str, Any], path: Path) -> None:
    """Write JSON whole or not at all; OutputError if it cannot be written."""
    part = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        part.write_text(json.dumps(content, indent=2), encoding="utf-8")
        os.replace(part, path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        with suppress(OSError):
            part.unlink()


def _clicks(prompts: PromptSet, grid: RasterGrid) -> gpd.GeoDataFrame:
    """The first positive click of every object that was asked for, rejected ones included."""
    rows = [
        (p.prompt_id, grid.to_world(p.positives[:1])[0], p.attributes)
        for p in prompts.prompts
        if len(p.positives)
    ]
    rows += [(r.prompt_id, r.xy[0], r.attributes) for r in prompts.rejected if len(r.xy)]
    table = {
        "prompt_id": [number for number, _, _ in rows],
        "class": [fields.get("class") for _, _, fields in rows],
    }
    shapes = shapely.points(np.array([xy for _, xy, _ in rows]).reshape(-1, 2))
    return gpd.GeoDataFrame(table, geometry=shapes, crs=grid.crs_wkt)


def _sentence(report: Report) -> str:
    overall = report.overall
    interval = "" if report.interval is None else f" [{report.interval[0]:.3f}, {report.interval[1]:.3f}]"
    missed = f", {report.n_without_polygon} without a polygon" if report.n_without_polygon else ""
    return f"mean IoU {overall.mean_iou:.3f}{interval}, F1 {overall.mean_f1:.3f}, {overall.n} objects{missed}"


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m engine.evaluate", description=__doc__)
    add_options(parser)
    parser.add_argument("--reference", type=Path, required=True, help="layer of true polygons")
    parser.add_argument("--reference-layer", metavar="NAME", help="its name, in a file of several layers")
    parser.add_argument("--out", type=Path, help="JSON report to write")
    return parser


if __name__ == "__main__":
    sys.exit(main())
