"""The jobs of a run, done in this process or by the workers of a cluster: their raster, model and rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from engine.config import SegmentConfig
from engine.console import Reporter
from engine.errors import ClusterError, RasterError
from engine.execution import Execution
from engine.memory import tidied
from engine.models.class_adapters import adapter_hash
from engine.reading.ahead import foreseen, reading_ahead
from engine.reading.attributes import class_of
from engine.reading.points import Prompt
from engine.reading.raster import RasterSource, RasterSpec
from engine.stages.candidates import LatticeJob, find_candidates
from engine.stages.pipeline import Job, Reader, run_job

if TYPE_CHECKING:
    from engine.cluster.connection import ClusterOptions
    from engine.models.base import Segmenter
    from engine.writing.shards import Shards

AnyJob = Job | LatticeJob
Row = Mapping[str, Any]
DoJobs = Callable[[Sequence[tuple[int, AnyJob]]], Iterable[Mapping[int, int]]]
"""Does numbered jobs, keeps their rows in shards, and says how many each has, as they are done."""
STEP, FOUND = "step", "found"
"""In this column the row of a candidate says what it is; a segment has no such column."""


class Keeper(Protocol):
    """Where the rows of jobs go: shards, or memory."""

    def add(self, job: int, rows: Sequence[Row]) -> None:
        """Keep the rows of a job."""
        ...


def rows_of(job: AnyJob, reader: Reader, model: Segmenter, config: SegmentConfig) -> list[Row]:
    """What a job comes to: a segment for each of its objects, or a candidate for each mask at its points."""
    if isinstance(job, Job):
        return [vars(found) for found in run_job(job, reader, model, config)]
    found = find_candidates(job, reader, model, config.refine.batch)
    return [{STEP: FOUND, **one.row(), "level": job.tile.level} for one in found]


def do_here(
    raster: RasterSource,
    model: Segmenter,
    config: SegmentConfig,
    keep: Keeper,
    jobs: Sequence[tuple[int, AnyJob]],
) -> Iterator[dict[int, int]]:
    """Do jobs one after another in this process, and read ahead for the next."""
    with reading_ahead(raster, raster.spec.open) as reader:
        coming = foreseen(reader, jobs, lambda numbered: numbered[1].tile)
        yield from do_each(reader, model, config, keep, coming)


def do_each(
    reader: Reader, model: Segmenter, config: SegmentConfig, keep: Keeper, jobs: Iterable[tuple[int, AnyJob]]
) -> Iterator[dict[int, int]]:
    """Do jobs one after another, and keep the rows of each."""
    for number, job in tidied(jobs):
        rows = rows_of(job, reader, model, config)
        keep.add(number, rows)
        yield {number: len(rows)}


@contextmanager
def workers_of(
    cluster: ClusterOptions, raster: RasterSource, config: SegmentConfig, shards: Shards, reporter: Reporter
) -> Iterator[tuple[ModelFacts, DoJobs]]:
    """The workers of a cluster, each with the raster and the model, and what they say of that model.

    Raises:
        EngineError: see :func:`engine.cluster.pool.running_workers`.
    """
    # Here, since it needs Dask.
    from engine.cluster.pool import running_workers

    setup = TileSetup(raster.spec, raster.fingerprint(), config)
    with running_workers(cluster, setup, shards.folder, reporter) as pool:
        yield model_of(pool.facts), partial(pool.do, packed=light)


@contextmanager
def doing_jobs(
    execution: Execution, raster: RasterSource, model: Segmenter, config: SegmentConfig, shards: Shards
) -> Iterator[DoJobs]:
    """Who does the jobs of a run that needs its model in this process too: the process itself, or a cluster.

    Raises:
        ClusterError: the workers have another model, or cannot take part.
    """
    if execution.cluster is None:
        yield partial(do_here, raster, model, config, shards)
        return
    with workers_of(execution.cluster, raster, config, shards, execution.reporter) as (facts, do_jobs):
        if facts.sha256 != model.sha256:
            raise ClusterError(
                f"the workers have another {model.name} than this machine; install the same weights on all"
            )
        if facts.precision != model.precision:
            raise ClusterError(
                f"the workers compute in {facts.precision}, this machine in {model.precision}; "
                "give --precision fp32"
            )
        yield do_jobs


@dataclass(frozen=True)
class ModelFacts:
    """What a run says of its model, wherever it is loaded."""

    name: str
    sha256: str
    image_size: int
    precision: str


@dataclass(frozen=True)
class TileSetup:
    """Opens the raster and loads the model; see :class:`engine.cluster.setup.WorkerSetup`.

    Attributes:
        raster: opens the same view of the raster.
        fingerprint: of the raster, as the process that sends this sees it.
    """

    raster: RasterSpec
    fingerprint: Mapping[str, Any]
    config: SegmentConfig

    @property
    def device(self) -> str:
        """What the user asked for."""
        return self.config.device

    def open(self, device: str) -> TileContext:
        """The raster and the model in this process; RasterError if it is another raster."""
        raster = open_same(self.raster, self.fingerprint)
        # Here, since it loads torch.
        from engine.models import registry

        model = registry.load(self.config.model, device, self.config.adapter, self.config.precision)
        return TileContext(raster, model, self.config)


class TileContext:
    """A raster and a model; see :class:`engine.cluster.setup.WorkerContext`."""

    def __init__(self, raster: RasterSource, model: Segmenter, config: SegmentConfig) -> None:
        self._raster, self._model, self._config = raster, model, config

    @property
    def facts(self) -> Mapping[str, Any]:
        """Name and sizes of the model, and what its weights and adapter are."""
        return {
            "model": self._model.name,
            "weights": self._model.sha256,
            "tile size": self._model.image_size,
            "precision": self._model.precision,
            "adapter": adapter_hash(self._config.adapter),
        }

    def rows(self, jobs: Sequence[AnyJob]) -> Iterator[list[Row]]:
        """The rows of each job."""
        with reading_ahead(self._raster, self._raster.spec.open) as reader:
            for job in tidied(foreseen(reader, jobs, lambda job: job.tile)):
                yield rows_of(job, reader, self._model, self._config)

    def close(self) -> None:
        """Let go of the raster."""
        self._raster.close()


def model_of(facts: Mapping[str, Any]) -> ModelFacts:
    """The model that a context has, from what it says of itself."""
    return ModelFacts(facts["model"], facts["weights"], facts["tile size"], facts["precision"])


def open_same(spec: RasterSpec, fingerprint: Mapping[str, Any]) -> RasterSource:
    """A raster opened in another process; RasterError if it is not the same one."""
    raster = spec.open()
    here = raster.fingerprint()
    # A copy on another disk is as good, and may be younger.
    if differing := [name for name in here if name != "mtime" and here[name] != fingerprint[name]]:
        raster.close()
        raise RasterError(
            f"{spec.path}: is another file than where the run was started (its {', '.join(differing)}); "
            "give a path, or an address, under which all machines see the same raster"
        )
    return raster


def light(job: AnyJob) -> AnyJob:
    """The job without what its prompts carry for the layer alone; the class may choose the adapter."""

    def bare(prompts: tuple[Prompt, ...]) -> tuple[Prompt, ...]:
        kept = ({"class": class_of(prompt.attributes)} for prompt in prompts)
        return tuple(replace(prompt, attributes=own) for prompt, own in zip(prompts, kept, strict=True))

    if isinstance(job, LatticeJob):
        return job
    return replace(job, own=bare(job.own), context=bare(job.context))
