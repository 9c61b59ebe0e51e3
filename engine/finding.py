"""Objects that nobody clicked: every candidate of a raster, and the outlines of those that were chosen.

Both steps are jobs that depend on nothing but themselves, numbered one after the other, and kept in shards as
they are done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from shapely import MultiPolygon

from engine.config import SegmentConfig
from engine.console import Reporter
from engine.grid import RasterGrid
from engine.reading.points import Prompt
from engine.stages.candidates import Candidate, LatticeJob
from engine.stages.pipeline import Segment, plan_jobs
from engine.tile_work import FOUND, STEP, AnyJob, DoJobs

if TYPE_CHECKING:
    from engine.models.base import Segmenter
    from engine.writing.shards import Shards

J = TypeVar("J", bound=AnyJob)
CRUMBS = 0.25
"""Parts of an outline smaller than this share of its largest one are not part of the object."""


@dataclass(frozen=True, eq=False)
class Search:
    """One run of a model over one raster, whose findings go to shards.

    Attributes:
        do_jobs: does the jobs, in this process or elsewhere, and keeps what they find in the shards.
    """

    grid: RasterGrid
    model: Segmenter
    config: SegmentConfig
    shards: Shards
    reporter: Reporter
    do_jobs: DoJobs

    def candidates(self, jobs: Sequence[LatticeJob]) -> Callable[[], Iterator[tuple[int, Candidate]]]:
        """Do the jobs that are not done; what is returned gives every candidate, after its level."""
        self._resumed(jobs)
        self.reporter.start(len(jobs), "tiles")
        self._do(dict(enumerate(jobs)), lambda job: 1)
        return lambda: ((int(row["level"]), Candidate.of_row(row)) for row in self._rows(found=True))

    def outlines(
        self, prompts: Sequence[Prompt], after: int, tell: Callable[[list[Segment]], None] | None = None
    ) -> list[Segment]:
        """The segment of every prompt.

        Args:
            after: the number of the first job.
            tell: hears the segments of each job that this process does, as soon as they are known.
        """
        jobs = plan_jobs(prompts, self.grid, self.model.image_size, self.config.tiles)
        self.reporter.start(len(prompts), "objects")
        if tell is not None:
            self.shards.listener = lambda rows: tell([_whole(Segment(**row)) for row in rows])
        self._do(dict(enumerate(jobs, after)), lambda job: len(job.own))
        return [_whole(Segment(**row)) for row in self._rows(found=False)]

    def _do(self, jobs: Mapping[int, J], size: Callable[[J], int]) -> None:
        """Do the numbered jobs that are not done; ``size`` is how far each brings the run."""
        there = [number for number in jobs if number in self.shards.done]
        self.reporter.advance(sum(size(jobs[number]) for number in there))
        for done in self.do_jobs([(number, job) for number, job in jobs.items() if number not in there]):
            self.shards.done.update(done)
            self.reporter.advance(sum(size(jobs[number]) for number in done))
        self.shards.save()

    def _resumed(self, jobs: Sequence[LatticeJob]) -> None:
        self.reporter.notes(self.shards.notes)
        there = sum(number in self.shards.done for number in range(len(jobs)))
        if there:
            self.reporter.event("resume", f"continuing: {there} tiles are done already", done=there)

    def _rows(self, *, found: bool) -> Iterator[dict[str, Any]]:
        for row in self.shards.rows():
            if (row.get(STEP) == FOUND) == found:
                yield {name: value for name, value in row.items() if name != STEP}


def _whole(segment: Segment) -> Segment:
    """Without the crumbs beside an object, which no click tells from its parts."""
    if not isinstance(segment.geometry, MultiPolygon):
        return segment
    parts = list(segment.geometry.geoms)
    largest = max((part.area for part in parts), default=0.0)
    return replace(segment, geometry=MultiPolygon([p for p in parts if p.area >= CRUMBS * largest]))


def boxed(prompt_id: int, candidate: Candidate, attributes: Mapping[str, Any]) -> Prompt:
    """A candidate as a prompt that asks for its outline by its box alone.

    A click besides is no help: on roofs outlines by the box were better than by box and click.
    """
    return Prompt(prompt_id, np.empty((0, 2)), np.empty(0, np.int64), candidate.box, attributes)
