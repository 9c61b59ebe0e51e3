"""``python -m engine.preview``: a picture of polygons over their raster."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from engine import schema
from engine.cli import about
from engine.console import Parser, Reporter, program, run_command
from engine.inputs import check_apart
from engine.options import add, add_verbosity
from engine.reading.clicks import read_labels
from engine.reading.longitudes import wrap
from engine.reading.raster import RasterSource
from engine.reading.vector import read_layer
from engine.writing.picture import check_picture, render, save_picture


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    arguments = _parser().parse_args(argv)

    def work(reporter: Reporter) -> None:
        check_apart([arguments.out], arguments)
        check_picture(arguments.out)
        report = _preview(arguments, reporter)
        text = "{out}: {width} x {height} pixels, {polygons} polygons".format(**report)
        reporter.event("done", text, **report)

    return run_command(work, Reporter("preview", quiet=arguments.quiet, as_json=arguments.json))


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog=program("preview"), description=about("preview"))
    add(parser, schema.RASTER, schema.BANDS, schema.ASSUME_CRS, schema.ENCODING, schema.ALLOW_REMOTE)
    parser.add_argument("--polygons", required=True, type=Path, help="polygon layer, in any CRS")
    parser.add_argument("--layer", help="its name, in a file of several (default: the first of polygons)")
    parser.add_argument("--points", type=Path, help="point layer to draw as dots")
    parser.add_argument("--out", required=True, type=Path, help="picture to write: .png, .jpg ...")
    parser.add_argument("--max-side", type=int, default=1600, help="longest side in pixels (default: 1600)")
    add_verbosity(parser)
    return parser


def _preview(arguments: argparse.Namespace, reporter: Reporter) -> dict[str, str | int]:
    remote = arguments.allow_remote
    with RasterSource.open(
        arguments.raster, arguments.bands, assume_crs=arguments.assume_crs, allow_remote=remote
    ) as raster:
        read = partial(
            read_layer, target=raster.grid.crs_wkt, encoding=arguments.encoding, allow_remote=remote
        )
        layers = [wrap(read(arguments.polygons, "polygon", layer=arguments.layer), raster.grid)]
        if arguments.points is not None:
            layers.append(wrap(read(arguments.points, "point"), raster.grid))
        reporter.notes((*raster.notes, *(note for layer in layers for note in layer.notes)))
        # What was rejected has a row but no outline.
        outlines = layers[0].frame[~(layers[0].frame.geometry.isna() | layers[0].frame.geometry.is_empty)]
        points = None
        if len(layers) > 1:
            labels, _, doubts = read_labels(layers[1])
            reporter.notes(doubts)
            points = layers[1].frame.assign(label=labels)
        picture = render(raster, outlines, points, arguments.max_side)
    save_picture(picture, arguments.out)
    return {
        "out": str(arguments.out),
        "width": picture.width,
        "height": picture.height,
        "polygons": len(outlines),
    }


if __name__ == "__main__":
    sys.exit(main())
