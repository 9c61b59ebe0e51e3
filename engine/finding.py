"""Objects that nobody clicked: every candidate of a raster, and the outlines of those that were chosen.

Both steps are jobs that depend on nothing but themselves, numbered one after the other, and kept in shards as
they are done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from shapely import MultiPolygon

from engine.config import SegmentConfig
from engine.console import Reporter
from engine.reading.points import Prompt
from engine.stages.candidates import Candidate, LatticeJob, find_candidates
from engine.stages.pipeline import Reader, Segment, plan_jobs, run_job

if TYPE_CHECKING:
    from engine.models.base import Segmenter
    from engine.writing.shards import Shards

FOUND, OUTLINED = "found", "outlined"
"""What a row of a shard is."""
_STEP = "step"
CRUMBS = 0.25
"""Parts of an outline smaller than this share of its largest one are not part of the object."""


@dataclass(frozen=True, eq=False)
class Search:
    """One run of a model over one raster, whose findings go to shards."""

    raster: Reader
    model: Segmenter
    config: SegmentConfig
    shards: Shards
    reporter: Reporter

    def candidates(self, jobs: Sequence[LatticeJob]) -> Callable[[], Iterator[tuple[int, Candidate]]]:
        """Do the jobs that are not done; what is returned gives every candidate, after its level."""
        self._resumed(jobs)
        self.reporter.start(len(jobs), "tiles")
        for number, job in enumerate(jobs):
            if number not in self.shards.done:
                batch = self.config.refine.batch
                found = find_candidates(job, self.raster, self.model, batch)
                self._add(number, FOUND, [{**one.row(), "level": job.tile.level} for one in found])
            self.reporter.advance(1)
        self.shards.save()
        return lambda: ((int(row["level"]), Candidate.of_row(row)) for row in self._rows(FOUND))

    def outlines(self, prompts: Sequence[Prompt], after: int) -> list[Segment]:
        """The segment of every prompt; ``after`` is the number of the first job."""
        config = self.config
        jobs = plan_jobs(prompts, self.raster.grid, self.model.image_size, config.tiles)
        self.reporter.start(len(prompts), "objects")
        for number, job in enumerate(jobs, after):
            if number not in self.shards.done:
                rows = [vars(found) for found in run_job(job, self.raster, self.model, config)]
                self._add(number, OUTLINED, rows)
            self.reporter.advance(len(job.own))
        self.shards.save()
        return [_whole(Segment(**row)) for row in self._rows(OUTLINED)]

    def _resumed(self, jobs: Sequence[LatticeJob]) -> None:
        self.reporter.notes(self.shards.notes)
        there = sum(number in self.shards.done for number in range(len(jobs)))
        if there:
            self.reporter.event("resume", f"continuing: {there} tiles are done already", done=there)

    def _add(self, number: int, step: str, rows: Iterable[dict[str, Any]]) -> None:
        self.shards.add(number, [{_STEP: step, **row} for row in rows])

    def _rows(self, step: str) -> Iterator[dict[str, Any]]:
        for row in self.shards.rows():
            if row[_STEP] == step:
                yield {name: value for name, value in row.items() if name != _STEP}


def _whole(segment: Segment) -> Segment:
    """Without the crumbs beside an object, which no click tells from its parts."""
    if not isinstance(segment.geometry, MultiPolygon):
        return segment
    parts = list(segment.geometry.geoms)
    largest = max((part.area for part in parts), default=0.0)
    return replace(segment, geometry=MultiPolygon([p for p in parts if p.area >= CRUMBS * largest]))


def boxed(prompt_id: int, candidate: Candidate, attributes: dict[str, Any]) -> Prompt:
    """A candidate as a prompt that asks for its outline by its box alone.

    A click besides is no help: on roofs outlines by the box were better than by box and click.
    """
    return Prompt(prompt_id, np.empty((0, 2)), np.empty(0, np.int64), candidate.box, attributes)
