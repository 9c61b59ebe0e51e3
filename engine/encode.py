"""``python -m engine.encode``: embed a raster beforehand, so that later clicks are answered at once."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np

from engine.cli import about
from engine.cluster.connection import ClusterOptions
from engine.config import SegmentConfig
from engine.console import Parser, Reporter, program, run_command
from engine.errors import ConfigError, OutputError
from engine.grid import RasterGrid, Tile
from engine.inputs import check_apart
from engine.options import add, add_threads, add_verbosity, cluster_from, model_loader
from engine.reading.points import Prompt, load_prompts
from engine.reading.raster import RasterSource
from engine.schema import COMMANDS
from engine.serving.embedding_jobs import EmbeddingContext, EmbeddingSetup
from engine.serving.embeddings import EmbeddingStore, default_folder
from engine.stages.pipeline import plan_jobs

DoJobs = Callable[[Sequence[tuple[int, Tile]]], Iterable[Mapping[int, int]]]
"""Embeds numbered tiles; says as they are done how often the network was asked for each."""


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    options = _parser().parse_args(argv)
    reporter = Reporter("encode", quiet=options.quiet, as_json=options.json)
    return run_command(
        lambda reporter: _work(options, reporter), reporter, "interrupted; what is done is kept"
    )


def _work(options: argparse.Namespace, reporter: Reporter) -> None:
    cluster = cluster_from(options)
    if options.limit_gb <= 0:
        raise ConfigError(f"--limit-gb must be positive, not {options.limit_gb:g}")
    folder = options.cache or default_folder()
    check_apart([folder], options, option="--cache")
    limit = int(options.limit_gb * 2**30)
    config = SegmentConfig(
        model=options.model, adapter=options.adapter, device=options.device, precision=options.precision
    )
    bands = None if options.bands is None else tuple(options.bands)
    with RasterSource.open(
        options.raster, bands, config.stretch, options.assume_crs, options.allow_remote
    ) as raster:
        reporter.notes(raster.notes)
        places = _places(options, raster, reporter)
        setup = EmbeddingSetup(raster.spec, raster.fingerprint(), config, folder, limit)
        with _workers(options, cluster, setup, reporter) as (image_size, do_jobs):
            tiles = list(tiles_for(raster.grid, image_size, config, places))
            reporter.start(len(tiles), "tiles")
            embedded = 0
            for done in do_jobs(list(enumerate(tiles))):
                embedded += sum(done.values())
                reporter.advance(len(done))
    kept = EmbeddingStore(folder, limit).size()
    text = f"{len(tiles)} tiles: {embedded} embedded, the others were there; {kept / 2**20:.0f} MiB kept"
    reporter.event("done", text, tiles=len(tiles), embedded=embedded, bytes=kept)


@contextmanager
def _workers(
    options: argparse.Namespace, cluster: ClusterOptions | None, setup: EmbeddingSetup, reporter: Reporter
) -> Iterator[tuple[int, DoJobs]]:
    """The side of the model's tiles, and who embeds them: this process, or the workers of a cluster."""
    if cluster is None:
        model = model_loader(setup.config, options.threads)()
        context = setup.context(model)
        try:
            yield model.image_size, partial(_do_here, context)
        finally:
            context.close()
        return
    # Here, since it needs Dask.
    from engine.cluster.pool import running_workers

    try:
        setup.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{setup.folder}: embeddings cannot be kept there ({error.strerror})") from error
    with running_workers(cluster, setup, setup.folder, reporter, sharded=False) as pool:
        yield pool.facts["tile size"], pool.do


def _do_here(context: EmbeddingContext, tiles: Sequence[tuple[int, Tile]]) -> Iterator[dict[int, int]]:
    rows = context.rows([tile for _, tile in tiles])
    for (number, _), some in zip(tiles, rows, strict=True):
        yield {number: len(some)}


def tiles_for(
    grid: RasterGrid, image_size: int, config: SegmentConfig, places: np.ndarray | None
) -> Iterator[Tile]:
    """The tiles at native resolution in which clicks would be looked at first.

    Args:
        places: (n, 2) raster pixels of the clicks; None means anywhere on the raster.
    """
    if places is None:
        # One place per stride finds every tile of the lattice, and those that are moved onto the raster.
        step = image_size * (1 - config.tiles.overlap) / 2
        across, down = (
            np.arange(step / 2, side + step / 2, step).clip(0, side - 0.5)
            for side in (grid.width, grid.height)
        )
        places = np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2)
    prompts = [Prompt(k + 1, xy[None], np.ones(1, np.int64)) for k, xy in enumerate(places)]
    for job in plan_jobs(prompts, grid, image_size, config.tiles):
        yield job.tile


def _places(options: argparse.Namespace, raster: RasterSource, reporter: Reporter) -> np.ndarray | None:
    if options.points is None:
        return None
    found = load_prompts(
        options.points,
        raster.grid,
        layer=options.points_layer,
        encoding=options.encoding,
        allow_remote=options.allow_remote,
        valid_at=raster.valid_at,
    )
    reporter.notes(found.notes)
    reporter.rejected((item.prompt_id, item.reason) for item in found.rejected)
    return np.array([prompt.anchor for prompt in found.prompts]).reshape(-1, 2)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog=program("encode"), description=about("encode"))
    add(parser, *COMMANDS["encode"].arguments)
    add_threads(parser)
    parser.add_argument(
        "--cache", type=Path, metavar="DIR", help="where they are kept (default: user's cache)"
    )
    add_verbosity(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
