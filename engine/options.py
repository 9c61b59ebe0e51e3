"""Command-line options that segment and evaluate share, and how they become settings."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from engine.config import PolygonConfig, RefineConfig, SegmentConfig
from engine.errors import ConfigError
from engine.segmentation import Request

if TYPE_CHECKING:
    from engine.models.base import Segmenter


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add everything that decides what the polygons look like, and how the run talks."""
    files = parser.add_argument_group("input")
    files.add_argument("--raster", required=True, help="any raster that GDAL reads")
    files.add_argument(
        "--points", type=Path, help="point layer; points of one object_id (or --object-field) are one object"
    )
    files.add_argument("--points-layer", metavar="NAME", help="its name, in a file of several layers")
    files.add_argument(
        "--points-crs", metavar="CRS", help="CRS of a point layer that states none, or a wrong one"
    )
    files.add_argument(
        "--object-field",
        metavar="F",
        help="column that groups clicks into objects (default: object_id, if there is one)",
    )
    files.add_argument("--boxes", type=Path, help="polygon layer whose bounding boxes are prompts")
    add_encoding(files)
    files.add_argument("--bands", nargs="+", metavar="B", help="one or three, by number or description")
    files.add_argument("--assume-crs", metavar="CRS", help="CRS of a raster that states none, or 'pixel'")
    model = parser.add_argument_group("model")
    model.add_argument("--model", default="nano", help="name (see resam models list) or checkpoint path")
    model.add_argument("--adapter", metavar="DIR", help="folder of an adapter trained for this model")
    model.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps (default: auto)")
    model.add_argument("--threads", type=int, help="processor threads (default: all)")
    result = parser.add_argument_group("polygons")
    result.add_argument(
        "--no-refine", action="store_true", help="do not clean the first mask before its box is drawn"
    )
    result.add_argument("--no-requery", action="store_true", help="ask once, with the clicks alone")
    result.add_argument("--no-zoom", action="store_true", help="use one window size for all objects")
    result.add_argument("--regularize", action="store_true", help="square outlines up, as for buildings")
    result.add_argument(
        "--allow-overlap", action="store_true", help="let polygons share area (default: never)"
    )
    result.add_argument(
        "--simplify",
        type=float,
        default=PolygonConfig.simplify_px,
        metavar="PX",
        help="how far outlines may move when vertices go, in pixels (default: %(default)s; 0 keeps all)",
    )
    result.add_argument(
        "--min-area", type=float, default=0.0, metavar="M2", help="reject smaller ones, in m²"
    )
    verbosity = parser.add_mutually_exclusive_group()
    verbosity.add_argument("--quiet", action="store_true", help="print nothing but errors")
    verbosity.add_argument("--json", action="store_true", help="print one JSON line per event")


def add_encoding(parser: argparse._ActionsContainer) -> None:
    """Add the option that names the encoding of vector layers."""
    parser.add_argument(
        "--encoding",
        metavar="NAME",
        help="of text in vector layers, like cp1252 (default: as declared, or found by trying)",
    )


def request_from(options: argparse.Namespace) -> Request:
    """The files that the options name."""
    return Request(
        raster=options.raster,
        points=options.points,
        boxes=options.boxes,
        layer=options.points_layer,
        object_field=options.object_field,
        points_crs=options.points_crs,
        assume_crs=options.assume_crs,
        encoding=options.encoding,
    )


def config_from(options: argparse.Namespace) -> SegmentConfig:
    """The settings that the options ask for; ConfigError if one cannot work."""
    check_threads(options.threads)
    return SegmentConfig(
        model=options.model,
        adapter=options.adapter,
        bands=None if options.bands is None else tuple(options.bands),
        device=options.device,
        refine=RefineConfig(
            refine=not options.no_refine,
            requery=not options.no_requery,
            zoom=not options.no_zoom,
        ),
        polygons=PolygonConfig(
            simplify_px=options.simplify,
            min_area_m2=options.min_area,
            regularize=options.regularize,
            no_overlap=not options.allow_overlap,
        ),
    )


def check_threads(threads: int | None) -> None:
    """ConfigError unless it is None, for all, or a positive number."""
    if threads is not None and threads < 1:
        raise ConfigError(f"--threads must be at least 1, not {threads}")


def model_loader(config: SegmentConfig, threads: int | None) -> Callable[[], Segmenter]:
    """A function that loads the model of ``config``; torch is imported only when it is called."""

    def load() -> Segmenter:
        # Threads that spin while they wait bring everything to a crawl as soon as another program wants a
        # core. OpenMP reads this once, when torch is imported; a user's own choice stays.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        import torch

        from engine.models import registry

        if threads is not None:
            torch.set_num_threads(threads)
        return registry.load(config.model, config.device, config.adapter)

    return load
