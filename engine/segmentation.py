"""One run over files: open, check, segment, assemble; nothing is written here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.config import SegmentConfig
from engine.console import Reporter
from engine.errors import PointsError
from engine.execution import Execution
from engine.grid import RasterGrid
from engine.messages import message
from engine.models.class_adapters import adapter_hash, class_named, classes_in
from engine.reading.points import PromptSet, load_prompts
from engine.reading.prompt_arrays import PromptArrays
from engine.reading.raster import RasterSource
from engine.stages.crowd import check_crowds
from engine.stages.layer import Provenance, assemble_in_parts
from engine.stages.pipeline import Segment, plan_jobs
from engine.stages.plan import Plan
from engine.tile_work import DoJobs, ModelFacts, do_here, workers_of
from engine.versions import all_versions, package_version
from engine.writing.geometry_store import GeometryStore, HeldGeometries
from engine.writing.record import counts_by_status

if TYPE_CHECKING:
    import geopandas as gpd

    from engine.models.base import Segmenter
    from engine.writing.layer_table import LayerTable
    from engine.writing.shards import Shards


@dataclass(frozen=True)
class Request:
    """The files of one run.

    Attributes:
        raster: any raster that GDAL reads; as text if it is a GDAL name such as ``/vsizip/…``, not a path.
        points: click layer, or None if there are boxes.
        boxes: polygon layer of box prompts, or None.
        layer: layer name in a point file of several.
        object_field: column that groups clicks into objects.
        points_crs: CRS of a point layer that states none.
        assume_crs: CRS of a raster that states none, or ``pixel``.
        encoding: of the text in the layers; None takes what they say, or finds out.
        allow_remote: whether files on this disk may lead to the network.
    """

    raster: Path | str
    points: Path | str | None
    boxes: Path | str | None = None
    layer: str | None = None
    object_field: str | None = None
    points_crs: str | None = None
    assume_crs: str | None = None
    encoding: str | None = None
    allow_remote: bool = False


@dataclass(frozen=True, eq=False)
class Result:
    """The layer of :func:`engine.stages.layer.assemble`, how it was made, and from what."""

    frame: gpd.GeoDataFrame
    run: Mapping[str, Any]
    prompts: PromptSet
    grid: RasterGrid

    @property
    def layer(self) -> gpd.GeoDataFrame:
        """What is written: the frame."""
        return self.frame

    def counts(self) -> dict[str, int]:
        """Objects by status."""
        return counts_by_status(self.frame)


@dataclass(frozen=True, eq=False)
class Run:
    """As :class:`Result`, with a layer whose geometry is read batch by batch."""

    layer: LayerTable
    run: Mapping[str, Any]
    prompts: PromptSet
    grid: RasterGrid

    def whole(self) -> Result:
        """The same with all geometry in memory."""
        return Result(self.layer.frame(), self.run, self.prompts, self.grid)

    def counts(self) -> dict[str, int]:
        """Objects by status."""
        return counts_by_status(self.layer.fields)


def segment(
    request: Request,
    config: SegmentConfig | None = None,
    reporter: Reporter | None = None,
    load_model: Callable[[], Segmenter] | None = None,
    command: str = "",
) -> Result:
    """Segment every prompt of a request.

    Args:
        config: settings; None takes the defaults.
        reporter: tells how far it is; None tells nobody.
        load_model: called after the files have proved readable; None loads the model that ``config`` names.
        command: what the user typed, for the record.

    Raises:
        EngineError: a file or an option cannot be used.
    """
    config = SegmentConfig() if config is None else config
    reporter = Reporter("segment", quiet=True) if reporter is None else reporter
    load_model = partial(_model_of, config) if load_model is None else load_model
    return segment_in_parts(request, config, Execution(reporter, load_model, command)).whole()


def segment_in_parts(
    request: Request, config: SegmentConfig, execution: Execution, shards: Shards | None = None
) -> Run:
    """As :func:`segment`; with ``shards`` no more than a part of the geometry is ever in memory.

    Args:
        shards: where segments are kept as they are found, and taken from where they are there already. The
            workers of a cluster need some.

    Raises:
        EngineError: a file or an option cannot be used.
    """
    reporter = execution.reporter
    keep = _Memory() if shards is None else shards
    with RasterSource.open(
        request.raster, config.bands, config.stretch, request.assume_crs, request.allow_remote
    ) as raster:
        prompts = _prompts(request, raster)
        doubts = raster.notes_at(PromptArrays.of(prompts.prompts).anchors())
        reporter.notes((*raster.notes, *doubts, *prompts.notes))
        execution.check(raster.grid)
        with _workers(execution, raster, config, keep) as (model, do_jobs):
            jobs = plan_jobs(prompts.prompts, raster.grid, model.image_size, config.tiles)
            check_crowds(jobs, model.image_size, raster.grid)
            reporter.start(len(prompts.prompts), "objects")
            keep.begin(run_signature(config, raster, prompts, model))
            _do_all(jobs, do_jobs, reporter, keep)
        segments = (Segment(**row) for row in keep.rows())
        provenance = Provenance(model.name, config.adapter, config.review_below)
        layer = assemble_in_parts(segments, prompts, raster.grid, config.polygons, provenance, keep.store)
        record = run_record(request, config, raster, prompts, model, len(jobs), execution.command)
        return Run(layer, record, prompts, raster.grid)


class _Memory:
    """In place of shards: what is found is in memory alone."""

    def __init__(self) -> None:
        self.done, self.notes = set[int](), list[str]()
        self._rows: list[Mapping[str, Any]] = []

    def begin(self, signature: Mapping[str, Any]) -> None:
        """Nothing is there already."""

    def add(self, job: int, rows: Sequence[Mapping[str, Any]]) -> None:
        """Keep the segments of a job."""
        self._rows += rows

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Every segment, in the order in which it was added."""
        return iter(self._rows)

    def store(self) -> GeometryStore:
        """A place for geometries."""
        return HeldGeometries()


@contextmanager
def _workers(
    execution: Execution, raster: RasterSource, config: SegmentConfig, keep: Shards | _Memory
) -> Iterator[tuple[Segmenter | ModelFacts, DoJobs]]:
    """The model, loaded in this process or by the workers of a cluster, and who does the jobs with it."""
    if execution.cluster is None:
        model = execution.load_model()
        yield model, partial(do_here, raster, model, config, keep)
        return
    if isinstance(keep, _Memory):
        raise TypeError("the workers of a cluster write shards: give some")
    with workers_of(execution.cluster, raster, config, keep, execution.reporter) as at_work:
        yield at_work


def _do_all(jobs: Plan, do_jobs: DoJobs, reporter: Reporter, keep: Shards | _Memory) -> None:
    """Do the jobs that are not done already."""
    reporter.notes(keep.notes)
    numbers = np.arange(len(jobs))
    done_before = np.isin(numbers, list(keep.done))
    there = int(jobs.counts[done_before].sum())
    if there:
        reporter.event("resume", f"going on: {there} objects are done already", done=there)
        reporter.advance(there)
    for done in do_jobs(jobs.numbered(numbers[~done_before])):
        keep.done.update(done)
        reporter.advance(int(jobs.counts[list(done)].sum()))


def run_signature(
    config: SegmentConfig, raster: RasterSource, prompts: PromptSet, model: Segmenter | ModelFacts
) -> dict[str, Any]:
    """All that decides what the segments look like, under the names that a user knows it by."""
    settings = asdict(config)
    answered = {} if classes_in(config.adapter) is None else {"column class": _kinds(prompts)}
    return {
        "raster": raster.fingerprint(),
        "bands or stretch": raster.describe(),
        "points or boxes": _hash(PromptArrays.of(prompts.prompts)),
        **answered,
        "model": [model.name, model.sha256, model.image_size],
        "adapter": adapter_hash(config.adapter),
        "precision": model.precision,
        "settings": {
            name: settings[name] for name in ("device", "tiles", "refine", "polygons", "review_below")
        },
        "version": {name: package_version(name) for name in ("resam", "torch", "numpy", "shapely")},
    }


def _hash(prompts: PromptArrays) -> str:
    """Of all that prompts ask."""
    digest = hashlib.sha256()
    for array in (prompts.ids, prompts.ends, prompts.labels):
        digest.update(array.astype("<i8").tobytes())
    for places in (prompts.xy, prompts.boxes):
        digest.update(places.astype("<f8").tobytes())
    return digest.hexdigest()


def _kinds(prompts: PromptSet) -> str:
    """Of the class of every object, which chooses the adapter that answers it."""
    kinds = [class_named(prompt.attributes) for prompt in prompts.prompts]
    return hashlib.sha256(json.dumps(kinds).encode()).hexdigest()


def _model_of(config: SegmentConfig) -> Segmenter:
    # Here, since it loads torch.
    from engine.models import registry

    return registry.load(config.model, config.device, config.adapter, config.precision)


def _prompts(request: Request, raster: RasterSource) -> PromptSet:
    if request.points is None and request.boxes is None:
        raise PointsError(message("points-none-given"))
    return load_prompts(
        _path(request.points),
        raster.grid,
        layer=request.layer,
        object_field=request.object_field,
        boxes=_path(request.boxes),
        points_crs=request.points_crs,
        encoding=request.encoding,
        allow_remote=request.allow_remote,
        valid_at=raster.valid_at,
    )


def _path(name: Path | str | None) -> Path | None:
    return None if name is None else Path(name)


def run_record(
    request: Request,
    config: SegmentConfig,
    raster: RasterSource,
    prompts: PromptSet,
    model: Segmenter | ModelFacts,
    tiles: int,
    command: str,
) -> dict[str, Any]:
    """Everything that is needed to repeat the run."""
    return {
        "command": command,
        "raster": raster.fingerprint(),
        "reading": raster.describe(),
        "request": {key: None if value is None else str(value) for key, value in asdict(request).items()},
        "config": json.loads(json.dumps(asdict(config))),
        "model": {"name": model.name, "sha256": model.sha256, "image_size": model.image_size},
        "precision": model.precision,
        "prompts": {"asked": len(prompts.prompts), "unusable": len(prompts.rejected), "notes": prompts.notes},
        "tiles": tiles,
        "versions": all_versions(),
    }
