"""``python -m engine.everything``: every distinct object of an area, without examples."""

from __future__ import annotations

import argparse
import hashlib
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from engine.cli import about
from engine.config import SegmentConfig
from engine.console import Parser, Reporter, program, run_command
from engine.errors import ConfigError
from engine.execution import Execution
from engine.finding import Search, boxed
from engine.grid import RasterGrid, span_at
from engine.options import (
    add,
    add_threads,
    add_verbosity,
    config_from,
    execution_from,
    most,
)
from engine.publishing import INTERRUPTED, check_output, publish, warn_of_doubtful
from engine.reading.areas import read_area
from engine.reading.points import Prompt, PromptSet
from engine.reading.raster import RasterSource
from engine.schema import COMMANDS
from engine.segmentation import Request, Result, run_record, run_signature
from engine.stages.candidates import Candidate, LatticeJob, lattice_jobs
from engine.stages.layer import Provenance, assemble
from engine.stages.pipeline import Segment
from engine.stages.suppression import best_apart, overlaps
from engine.tile_work import doing_jobs
from engine.writing import record
from engine.writing.shards import Shards

if TYPE_CHECKING:
    import geopandas as gpd

    from engine.models.base import Segmenter

LEVELS = (0, 1, 2)
"""Where nothing says how large objects are, three sizes of window are looked at."""


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    options = _parser().parse_args(argv)
    command = shlex.join(["everything", *(sys.argv[1:] if argv is None else argv)])
    reporter = Reporter("everything", quiet=options.quiet, as_json=options.json)
    return run_command(lambda reporter: _work(options, reporter, command), reporter, INTERRUPTED)


def _work(options: argparse.Namespace, reporter: Reporter, command: str) -> None:
    if not 0 <= options.min_score <= 1:
        raise ConfigError(f"--min-score must be between 0 and 1, not {options.min_score:g}")
    check_output(options)
    config = config_from(options)
    warn_of_doubtful(config.adapter, reporter)
    request = Request(
        options.raster,
        None,
        assume_crs=options.assume_crs,
        encoding=options.encoding,
        allow_remote=options.allow_remote,
    )
    wanted = Wanted(options.area, options.min_score, most(options.max))
    execution = execution_from(options, config, reporter, command)
    made = publish(options, execution, partial(everything, request, wanted, config))
    objects = record.counts(options.out)["accepted"] if made is None else len(made.frame)
    reporter.event("done", f"{options.out}: {objects} objects", out=str(options.out), objects=objects)


@dataclass(frozen=True)
class Wanted:
    """What to segment: in the polygons of a layer, of at least that score, and at most that many."""

    area: Path
    least: float
    limit: int | None = None


def everything(
    request: Request,
    wanted: Wanted,
    config: SegmentConfig,
    execution: Execution,
    shards: Shards,
) -> Result:
    """Segment every distinct object of an area.

    Args:
        shards: where findings are kept as they come.

    Raises:
        EngineError: a file or an option cannot be used.
    """
    with RasterSource.open(
        request.raster, config.bands, config.stretch, request.assume_crs, request.allow_remote
    ) as raster:
        where, assumed = read_area(
            wanted.area, raster.grid, encoding=request.encoding, allow_remote=request.allow_remote
        )
        execution.reporter.notes((*raster.notes, *assumed))
        execution.check(raster.grid)
        model = execution.load_model()
        jobs = _jobs(raster.grid, model, config, where)
        nothing = PromptSet((), (), (), ())
        shards.begin({**run_signature(config, raster, nothing, model), **_own_signature(where, wanted)})
        with doing_jobs(execution, raster, model, config, shards) as do_jobs:
            search = Search(raster.grid, model, config, shards, execution.reporter, do_jobs)
            # Without what tells kinds apart, which is most of a candidate's memory.
            bare = [replace(one, features=one.features[:0]) for _, one in search.candidates(jobs)()]
            prompts = [boxed(number, one, {}) for number, one in enumerate(_chosen(bare, where), 1)]
            frame = _best(search, prompts, len(jobs), wanted)
        run = run_record(request, config, raster, nothing, model, len(jobs), execution.command)
        return Result(frame, run, nothing, raster.grid)


def _jobs(
    grid: RasterGrid, model: Segmenter, config: SegmentConfig, where: shapely.Geometry
) -> list[LatticeJob]:
    """Of all levels whose windows are not far larger than the raster."""
    longest = max(grid.width, grid.height)
    fitting = [n for n in LEVELS if n == LEVELS[0] or span_at(n, model.image_size) <= 2 * longest]
    return [job for n in fitting for job in lattice_jobs(grid, model.image_size, config.tiles, n, area=where)]


def _own_signature(where: shapely.Geometry, wanted: Wanted) -> dict[str, Any]:
    # The score decides what is outlined where their number is bounded.
    asked = {"most": wanted.limit} | ({} if wanted.limit is None else {"least": wanted.least})
    return {"area": hashlib.sha256(shapely.to_wkb(where)).hexdigest(), "wanted": asked}


def _chosen(candidates: Sequence[Candidate], where: shapely.Geometry) -> list[Candidate]:
    """The best whole candidates in the area, the best first."""
    whole = [one for one in candidates if not one.cut and _inside(one, where)]
    worth = np.array([one.score * one.stability for one in whole])
    return [whole[row] for row in best_apart(worth, overlaps(whole))]


def _inside(candidate: Candidate, where: shapely.Geometry) -> bool:
    x0, y0, x1, y1 = candidate.box
    return bool(shapely.contains_xy(where, (x0 + x1) / 2, (y0 + y1) / 2))


def _best(search: Search, prompts: Sequence[Prompt], after: int, wanted: Wanted) -> gpd.GeoDataFrame:
    """The layer of the first prompts that are good enough and have a polygon, as many as are wanted.

    Without a bound, all prompts are outlined; else as many as are wanted, then as many again as there were
    before, until there are enough.

    Args:
        after: the number of the first job.
    """
    most = wanted.limit or len(prompts)
    frame = _frame(search, prompts, [])
    done = 0
    while done < len(prompts) and len(frame) < most:
        some = prompts[done : done + max(done, most)]
        # A job has a prompt of its own, so that there are numbers enough.
        found = search.outlines(some, after + done)
        done += len(some)
        # A run that is continued may hold segments of later prompts already.
        good = [one for one in found if one.prompt_id <= done and one.score >= wanted.least]
        frame = _frame(search, prompts, good)
    return frame.head(most)


def _frame(search: Search, prompts: Sequence[Prompt], segments: Sequence[Segment]) -> gpd.GeoDataFrame:
    """The polygons that come of segments, in the order of the prompts."""
    kept = {found.prompt_id for found in segments}
    asked = PromptSet(tuple(prompt for prompt in prompts if prompt.prompt_id in kept), (), (), ())
    provenance = Provenance(search.model.name, search.config.adapter, search.config.review_below)
    frame = assemble(segments, asked, search.grid, search.config.polygons, provenance)
    return frame[frame["status"] != "rejected"].reset_index(drop=True)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog=program("everything"), description=about("everything"))
    add(parser, *COMMANDS["everything"].arguments)
    add_threads(parser)
    add_verbosity(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
