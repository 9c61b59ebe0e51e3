"""What the worker does for a map tool: opens rasters, keeps one model, turns clicks into polygons at once.

The polygons are those that :mod:`engine.segment` would write for the same clicks: the same pipeline answers,
with embeddings that are kept.
"""

from __future__ import annotations

import base64
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from math import isfinite
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.geometry import mapping

from engine.config import PolygonConfig, RefineConfig, SegmentConfig
from engine.errors import ConfigError, EngineError, PointsError
from engine.models.class_adapters import NO_CLASS, adapter_hash, answering_for
from engine.models.registry import MODELS
from engine.models.strength import acting
from engine.reading.points import Prompt, PromptSet
from engine.reading.raster import FilesState, RasterSource
from engine.serving import parameters
from engine.serving.embeddings import CachedEncoder, EmbeddingStore, default_folder, default_limit
from engine.stages.job_parts import by_strength
from engine.stages.layer import Provenance, assemble
from engine.stages.part import border_hair
from engine.stages.pipeline import Job, Segment, multimask_candidates, plan_jobs, run_job
from engine.versions import package_version

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from engine.models.base import Segmenter

Check = Callable[[], None]
Tell = Callable[[int, int], None]
"""Told how much of a request is done, and how much there is."""
Loader = Callable[[str, str, str | None], "Segmenter"]
OPEN_RASTERS = 4
FAST = RefineConfig(refine=False, requery=False, zoom=False)
"""One look with the clicks alone: for a preview that follows the mouse."""


@dataclass(frozen=True, eq=False)
class Loaded:
    """The model that is warm, and what was asked for to get it."""

    asked: tuple[str, str, str | None]
    files: tuple[Any, ...]
    model: CachedEncoder


class RequestHandler:
    """Handles requests by their method; see the methods ``do_…`` for their parameters."""

    def __init__(self, store: EmbeddingStore | None = None, loader: Loader | None = None) -> None:
        """
        Args:
            store: of embeddings; None takes the one in the user's cache.
            loader: from name, device and adapter to a model; None takes the registry's.
        """
        self._store = EmbeddingStore(default_folder(), default_limit()) if store is None else store
        self._load = loader or _from_registry
        self._loaded: Loaded | None = None
        self._rasters: OrderedDict[tuple[Any, ...], tuple[RasterSource, FilesState]] = OrderedDict()
        self._tell: Tell = _nobody

    def about(self) -> dict[str, Any]:
        """What the worker says of itself when it starts."""
        return {"version": package_version("resam")}

    def handle(
        self, method: str, params: Mapping[str, Any], check: Check, tell: Tell | None = None
    ) -> dict[str, Any]:
        """Do what a request asks for.

        Args:
            check: called often; what it raises ends the work.
            tell: of requests that take many steps, after each.

        Raises:
            EngineError: the parameters or the files cannot be used; Cancelled if ``check`` says so.
        """
        handler = getattr(self, f"do_{method}", None)
        if handler is None:
            raise ConfigError(
                f"the worker knows no '{method}'; update the plugin and the environment together"
            )
        self._tell = tell or _nobody
        try:
            result: dict[str, Any] = handler(params, check)
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, EngineError):
                raise
            raise ConfigError(f"{method}: a parameter is missing or of the wrong type ({error})") from error
        return result

    def do_load(self, params: Mapping[str, Any], check: Check) -> dict[str, Any]:
        """``model``, ``device`` (auto), ``adapter`` (None): load it, unless it is warm already."""
        loaded = self._model(params)
        return {"name": loaded.name, "sha256": loaded.sha256, "image_size": loaded.image_size}

    def do_prepare(self, params: Mapping[str, Any], check: Check) -> dict[str, Any]:
        """Embed the tiles that clicks at ``places`` would need.

        ``raster``; ``places``: [[x, y], …] in its CRS; ``around`` (0): number of further tiles on every side;
        ``class``: of the objects there, which may have an adapter of its own.
        With ``give_way`` the worker drops the request as soon as another one waits.
        """
        model, raster = self._model(params), self._raster(parameters.record(params, "raster"))
        places = _with_neighbours(
            raster.grid.to_pixel(parameters.rows(params, "places", 2)),
            parameters.whole(params, "around", 0, parameters.MOST_AROUND),
            model.image_size * (1 - SegmentConfig().tiles.overlap),
        )
        inside = places[raster.grid.contains(places)]
        prompts = [Prompt(k + 1, xy[None], np.ones(1, np.int64)) for k, xy in enumerate(inside)]
        before = model.computed
        for job in plan_jobs(prompts, raster.grid, model.image_size, SegmentConfig().tiles):
            check()
            with answering_for(model, _kind_of(params)):
                model.encode(raster.read(job.tile)[0])
        return {"embedded": model.computed - before}

    def do_ask(self, params: Mapping[str, Any], check: Check) -> dict[str, Any]:
        """Turn clicks into polygons.

        ``raster``; ``objects``: [{``id``, ``points`` [[x, y, label], …], ``box`` [x0, y0, x1, y1]}], in
        the raster's CRS; ``class``: of them all, which may have an adapter of its own; ``fast``: one look,
        for previews; ``polygons``: fields of PolygonConfig; ``embedded_only``: answer ``not_embedded``
        rather than embed a tile; ``neighbours``: polygons that stand already, GeoJSON geometries in the
        raster's CRS, whose borders the answers share, but for a ``hair`` in units of the CRS.
        """
        neighbours = parameters.polygons(params, "neighbours")
        model, raster = self._model(params), self._raster(parameters.record(params, "raster"))
        kind, only_embedded = _kind_of(params), parameters.flag(params, "embedded_only")
        prompts = _prompts(parameters.records(params, "objects"), raster, kind)
        config = SegmentConfig(
            refine=FAST if parameters.flag(params, "fast") else RefineConfig(),
            polygons=_polygons(params),
        )
        segments: list[Segment] = []
        for job in plan_jobs(prompts.prompts, raster.grid, model.image_size, config.tiles):
            check()
            if only_embedded and not _embedded(job, raster, model, kind):
                return {"features": [], "not_embedded": True}
            segments += run_job(job, raster, model, config)
        features = _features(segments, prompts, raster, config, model.name, params, neighbours)
        return {"features": features, "hair": border_hair(raster.grid, config.polygons)}

    def do_candidates(self, params: Mapping[str, Any], check: Check) -> dict[str, Any]:
        """``raster``, ``object``, ``neighbours`` as for ``ask``: the masks of a first look, best first."""
        neighbours = parameters.polygons(params, "neighbours")
        model, raster = self._model(params), self._raster(parameters.record(params, "raster"))
        prompts = _prompts([parameters.record(params, "object")], raster, _kind_of(params))
        config = SegmentConfig(polygons=_polygons(params))
        jobs: Sequence[Job] = plan_jobs(prompts.prompts, raster.grid, model.image_size, config.tiles)
        check()
        found = multimask_candidates(jobs[0], raster, model)
        return {
            "candidates": [
                _features([segment], prompts, raster, config, model.name, params, neighbours)[0]
                for segment in found
            ],
            "hair": border_hair(raster.grid, config.polygons),
        }

    def do_likeness(self, params: Mapping[str, Any], check: Check) -> dict[str, Any]:
        """Where a view looks like the examples.

        ``raster``; ``view``: [x0, y0, x1, y1], and ``examples``: GeoJSON polygons, both in its CRS; ``class``
        as for ``ask``. Empty where there is nothing to compare, else ``values``: base64 of a byte
        a cell, 255 for what looks like the mean example, row by row; ``width``, ``height``; ``corners``: the
        places in the CRS of the upper left, upper right and lower left corner.
        """
        model, raster = self._model(params), self._raster(parameters.record(params, "raster"))
        view = parameters.numbers(params, "view", 4)
        if view is None:
            raise ConfigError("'view' must be 4 numbers")
        outlines = [
            shapely.transform(shape, raster.grid.to_pixel)
            for shape in parameters.polygons(params, "examples")
        ]
        with answering_for(model, _kind_of(params)):
            found = _likeness().heat(
                _extent(view, raster), outlines, raster, model, SegmentConfig().tiles, check, self._tell
            )
        return {} if found is None else _as_bytes(found, raster)

    def do_status(self, params: Mapping[str, Any], check: Check) -> dict[str, Any]:
        """What is loaded, and how much the cache holds."""
        asked = self._loaded.asked if self._loaded else (None, None, None)
        return {
            "model": asked[0],
            "device": asked[1],
            "adapter": asked[2],
            "cache_bytes": self._store.size(),
            "cache_problem": self._store.problem,
        }

    def do_clear_cache(self, params: Mapping[str, Any], check: Check) -> dict[str, Any]:
        """Forget every embedding on disk."""
        self._store.clear()
        return {"cache_bytes": self._store.size()}

    def do_shutdown(self, params: Mapping[str, Any], check: Check) -> dict[str, Any]:
        """Close everything; the worker ends after its answer."""
        while self._rasters:
            self._rasters.popitem()[1][0].close()
        return {}

    def _model(self, params: Mapping[str, Any]) -> CachedEncoder:
        asked = (
            _model_name(params),
            parameters.text(params, "device", "auto"),
            parameters.optional_text(params, "adapter"),
        )
        # An adapter may have been trained anew in the same folder, or merged anew into the same file.
        weights = adapter_hash(asked[2])
        files = weights, _state_of(asked[0])
        if self._loaded is None or (self._loaded.asked, self._loaded.files) != (asked, files):
            self._loaded = None  # Two large models at once may not fit.
            model = self._load(*asked)
            self._loaded = Loaded(asked, files, CachedEncoder(model, self._store, weights))
        return self._loaded.model

    def _raster(self, wanted: Mapping[str, Any]) -> RasterSource:
        """Open ``path`` (``bands``, ``assume_crs``, ``allow_remote``), or take it up again if unchanged."""
        asked = (
            parameters.text(wanted, "path"),
            parameters.bands(wanted, "bands"),
            parameters.optional_text(wanted, "assume_crs"),
            parameters.flag(wanted, "allow_remote"),
        )
        known = self._rasters.get(asked)
        if known is not None and known[0].state() != known[1]:
            self._rasters.pop(asked)[0].close()
        if asked not in self._rasters:
            raster = RasterSource.open(asked[0], asked[1], assume_crs=asked[2], allow_remote=asked[3])
            self._rasters[asked] = raster, raster.state()
        self._rasters.move_to_end(asked)
        while len(self._rasters) > OPEN_RASTERS:
            self._rasters.popitem(last=False)[1][0].close()
        return self._rasters[asked][0]


def _state_of(model: str) -> tuple[int, ...] | None:
    """Number, size and time of the weights file that a path leads to; None of a model by name."""
    if model in MODELS:
        return None
    try:
        stat = Path(model).expanduser().stat()
    except (OSError, ValueError, RuntimeError):
        return None  # Whoever loads it says what is wrong.
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _nobody(done: int, total: int) -> None:
    """Nobody wants to know."""


def _likeness() -> ModuleType:
    """What is alike is the training package's matter, and the engine itself never imports that."""
    try:
        return import_module("training.find.heat")
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"{error.name} is not installed; install the extra 'train' of this package"
        ) from error


def _as_bytes(heat: Any, raster: RasterSource) -> dict[str, Any]:
    """A map of likeness as plain JSON."""
    height, width = heat.values.shape
    right, below = heat.x + width * heat.cell, heat.y + height * heat.cell
    corners = raster.grid.to_world([(heat.x, heat.y), (right, heat.y), (heat.x, below)])
    values = base64.b64encode((heat.values.clip(0, 1) * 255).round().astype(np.uint8).tobytes())
    return {
        "values": values.decode("ascii"),
        "width": width,
        "height": height,
        "corners": corners.tolist(),
    }


def _from_registry(model: str, device: str, adapter: str | None) -> Segmenter:
    from engine.models import registry

    return registry.load(model, device, adapter)


def _model_name(params: Mapping[str, Any]) -> str:
    return parameters.text(params, "model", "nano")


def _polygons(params: Mapping[str, Any]) -> PolygonConfig:
    options = parameters.record(params, "polygons", required=False)
    wrong = [
        name
        for name, value in options.items()
        if name != "shape" and (not isinstance(value, int | float) or not isfinite(value))
    ]
    if wrong:
        raise ConfigError(f"'polygons': '{wrong[0]}' must be a number, or true or false")
    return PolygonConfig(**options)


def _embedded(job: Job, raster: RasterSource, model: CachedEncoder, kind: str) -> bool:
    """Whether no tile has to be embedded for a first look at the job's objects, all of one class."""
    image, _ = raster.read(job.tile)
    with answering_for(model, kind):
        for strength, _ in by_strength(job, RefineConfig().strengths):
            with acting(model, strength):
                if not model.has(image):
                    return False
    return True


def _kind_of(params: Mapping[str, Any]) -> str:
    return parameters.optional_text(params, "class") or NO_CLASS


def _prompts(objects: Sequence[Mapping[str, Any]], raster: RasterSource, kind: str) -> PromptSet:
    """Prompts in raster pixels; PointsError if an object has nothing to go by, or lies off the raster."""
    found = []
    for wanted in objects:
        number, points = parameters.whole(wanted, "id"), parameters.rows(wanted, "points", 3)
        box = parameters.numbers(wanted, "box", 4)
        if not np.isin(points[:, 2], (0, 1)).all():
            raise PointsError(f"object {number} has a click whose label is neither 1 nor 0")
        if not (points[:, 2] == 1).any() and box is None:
            raise PointsError(f"object {number} has neither a positive click nor a box")
        xy = raster.grid.to_pixel(points[:, :2])
        labels, own = points[:, 2].astype(np.int64), {"class": kind or None}
        prompt = Prompt(number, xy, labels, None if box is None else _box(box, raster), own)
        if not raster.grid.contains(prompt.anchor[None])[0]:
            raise PointsError(f"object {number} lies outside the raster")
        found.append(prompt)
    return PromptSet(tuple(found), (), (), ())


def _with_neighbours(places: np.ndarray, around: int, step: float) -> np.ndarray:
    """(n, 2) pixel places, then those up to ``around`` steps away on every side, the nearest first."""
    offsets = [(x, y) for x in range(-around, around + 1) for y in range(-around, around + 1)]
    offsets.sort(key=lambda offset: max(abs(offset[0]), abs(offset[1])))
    return np.concatenate([places + np.array(offset) * step for offset in offsets])


def _extent(box: Sequence[float], raster: RasterSource) -> tuple[float, float, float, float]:
    """Pixel extent of a box in world coordinates, whatever way the raster is turned."""
    x0, y0, x1, y1 = box
    corners = raster.grid.to_pixel([(x0, y0), (x1, y0), (x0, y1), (x1, y1)])
    (west, north), (east, south) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return west, north, east, south


def _box(box: Sequence[float], raster: RasterSource) -> np.ndarray:
    """The same within the raster; PointsError if nothing is left."""
    size = (raster.grid.width, raster.grid.height)
    extent = np.array(_extent(box, raster))
    low, high = np.clip(extent[:2], 0, size), np.clip(extent[2:], 0, size)
    if not (high > low).all():
        raise PointsError("the box lies outside the raster, or is empty")
    return np.concatenate([low, high])


def _features(
    segments: Sequence[Segment],
    prompts: PromptSet,
    raster: RasterSource,
    config: SegmentConfig,
    model: str,
    params: Mapping[str, Any],
    neighbours: Sequence[BaseGeometry] = (),
) -> list[dict[str, Any]]:
    """Rows of the layer as plain JSON types, geometry as GeoJSON in the raster's CRS."""
    origin = Provenance(model, params.get("adapter"), config.review_below)
    asked = replace(prompts, rejected=())
    frame = assemble(segments, asked, raster.grid, config.polygons, origin, neighbours)
    features = []
    for row, shape in zip(frame.drop(columns="geometry").to_dict("records"), frame.geometry, strict=True):
        fields = {key: _plain(value) for key, value in row.items()}
        features.append({**fields, "geometry": None if shape is None else mapping(shape)})
    return features


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return int(value) if isinstance(value, int | np.integer) else None
