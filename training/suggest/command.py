"""Where to click next: ``python -m training.suggest --raster R --points P --out suggestions.gpkg``.

What a place is worth: :mod:`training.suggest.next_clicks`.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pyogrio
import shapely

from engine import schema
from engine.cli import about
from engine.config import SegmentConfig, TileConfig
from engine.console import Parser, Reporter, program, run_command
from engine.errors import ConfigError, OutputError, PointsError
from engine.grid import RasterGrid
from engine.inputs import check_apart
from engine.messages import message
from engine.options import add, check_threads, model_loader
from engine.publishing import warn_of_doubtful
from engine.reading.points import load_prompts
from engine.reading.raster import RasterSource
from engine.schema import SUGGESTIONS as LAYER
from engine.stages.pipeline import plan_jobs
from engine.writing.output import check_writable, replace_layer
from training.suggest.next_clicks import Suggestion, suggest


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    options = _parser().parse_args(argv)
    return run_command(lambda reporter: _work(options, reporter), Reporter("suggest", as_json=options.json))


def _work(options: argparse.Namespace, reporter: Reporter) -> None:
    check_threads(options.threads)
    if options.count < 1:
        raise ConfigError(f"--count must be at least 1, not {options.count}")
    check_apart([options.out], options)
    check_writable(options.out, options.overwrite, LAYER)
    if options.out.suffix != ".gpkg":
        raise OutputError(f"{options.out}: suggestions are written as .gpkg")
    bands = None if options.bands is None else tuple(options.bands)
    remote = options.allow_remote
    with RasterSource.open(
        options.raster, bands, assume_crs=options.assume_crs, allow_remote=remote
    ) as raster:
        found = load_prompts(
            options.points,
            raster.grid,
            layer=options.points_layer,
            object_field=options.object_field,
            points_crs=options.points_crs,
            encoding=options.encoding,
            allow_remote=remote,
            valid_at=raster.valid_at,
        )
        reporter.notes((*raster.notes, *found.notes))
        reporter.rejected((item.prompt_id, item.reason) for item in found.rejected)
        if not found.prompts:
            raise PointsError(message("clicks-elsewhere", path=options.points))
        config = SegmentConfig(
            model=options.model,
            adapter=options.adapter,
            device=options.device,
            precision=options.precision,
        )
        warn_of_doubtful(options.adapter, reporter)
        model = model_loader(config, options.threads)()
        jobs = plan_jobs(found.prompts, raster.grid, model.image_size, TileConfig())
        reporter.start(len(jobs), "tiles")
        best = suggest(model, raster, jobs, options.count, done=reporter.advance)
        _write(_layer(best, raster.grid), options.out)
    reporter.event("done", f"{options.out}: {len(best)} places to click next", out=str(options.out))


def _layer(found: Sequence[Suggestion], grid: RasterGrid) -> gpd.GeoDataFrame:
    """The suggestions as points in the raster's CRS, best first."""
    figures = ("gain", "entropy", "disagreement", "likeness", "score")
    table = {
        "rank": range(1, len(found) + 1),
        "kind": [s.kind for s in found],
        **{name: [round(getattr(s, name), 4) for s in found] for name in figures},
        "prompt_id": [s.prompt_id for s in found],
    }
    places = [shapely.Point(grid.to_world(s.xy)[0]) for s in found]
    return gpd.GeoDataFrame(table, geometry=places, crs=grid.crs_wkt)


def _write(frame: gpd.GeoDataFrame, out: Path) -> None:
    """Whole or not at all; other layers of the file stay."""

    def write(path: Path) -> None:
        pyogrio.write_dataframe(frame, path, layer=LAYER, driver="GPKG", VERSION="1.3")

    try:
        replace_layer(out, write, LAYER)
    except (sqlite3.Error, pyogrio.errors.DataSourceError) as error:
        raise OutputError(f"{out}: cannot be written ({error})") from error


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog=program("suggest"), description=about("suggest"))
    add(parser, schema.RASTER, replace(schema.POINTS, required=True), schema.POINTS_LAYER, schema.POINTS_CRS)
    add(parser, schema.OBJECT_FIELD, schema.ENCODING, schema.ALLOW_REMOTE, schema.BANDS, schema.ASSUME_CRS)
    add(parser, *schema.WITH_MODEL, schema.PLACES, schema.OVERWRITE)
    parser.add_argument(
        "--count", type=int, default=schema.SUGGESTED, help=f"how many places (default: {schema.SUGGESTED})"
    )
    parser.add_argument("--threads", type=int, help="processor threads (default: all cores)")
    parser.add_argument("--json", action="store_true", help="one JSON object per line on stdout")
    return parser


if __name__ == "__main__":
    sys.exit(main())
