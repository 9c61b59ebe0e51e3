"""The held-out objects before and after: proxies always, IoU where there are reference polygons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.config import PolygonConfig, SegmentConfig, TileConfig
from engine.errors import PointsError
from engine.models.base import Segmenter
from engine.reading.points import PromptSet
from engine.reading.raster import RasterSource
from engine.scoring import Reference, measure
from engine.segmentation import Result
from engine.serving.embeddings import CachedEncoder
from engine.stages.layer import Provenance, assemble
from engine.stages.pipeline import Job, Segment, plan_jobs, run_job
from training.adapt.estimate import Key, by_object, estimate
from training.adapt.options import Weights
from training.adapt.quality_proxies import PARTS, VIEWS, QualityProxies, quality_proxies
from training.adapt.student import Student
from training.adapt.verdict import Verdict, compare, verdict_by_clicks, with_clicks

if TYPE_CHECKING:
    import geopandas as gpd

HeldOut = tuple[RasterSource, PromptSet, PromptSet]
"""A raster, the objects held out on it, and those learned from."""


@dataclass(frozen=True, eq=False)
class HeldOutFigures:
    """What the model made of the held-out objects at one time.

    Attributes:
        proxies: proxies by raster and object.
        iou: with the reference polygons, by raster and object; empty without them.
        layers: the polygons, one layer per raster.
        answers: what the polygons were made of, by raster and object.
    """

    proxies: Mapping[Key, QualityProxies]
    iou: Mapping[Key, float]
    layers: Sequence[gpd.GeoDataFrame]
    answers: Mapping[Key, Segment] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Before, after, and what follows.

    Attributes:
        verdict: by IoU where there are reference polygons, and by the clicks alone where these say nothing.
        parts: every proxy on its own.
    """

    before: HeldOutFigures
    after: HeldOutFigures
    verdict: Verdict
    parts: Mapping[str, Verdict]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, without the polygons."""
        parts = {name: {**part.to_dict(), "word": part.trend} for name, part in self.parts.items()}
        return {**self.verdict.to_dict(), "proxies": parts}


class Evaluator:
    """Measures the same held-out objects in the same way, with whatever weights."""

    def __init__(
        self,
        model: Segmenter,
        held_out: Sequence[HeldOut],
        reference: Reference | None,
        seed: int,
    ) -> None:
        self._model, self._held_out = model, held_out
        self._reference, self._seed = reference, seed

    def measure(self, student: Student, weights: Weights) -> HeldOutFigures:
        """Segment the held-out objects with the given weights of the student, and compute their proxies.

        Raises:
            PointsError: no reference polygon holds a held-out click.
        """
        proxies: dict[Key, QualityProxies] = {}
        iou: dict[Key, float] = {}
        answers: dict[Key, Segment] = {}
        layers = []
        config = SegmentConfig()
        with student.using(weights):
            # Proxies and polygons of a tile are made one after the other, and share its embedding.
            model = CachedEncoder(self._model, kept=VIEWS)
            for number, (raster, held_out, learned) in enumerate(self._held_out):
                jobs = list(self._jobs(raster, held_out, learned))
                segments: list[Segment] = []
                for job, found in zip(jobs, quality_proxies(model, raster, jobs, self._seed), strict=True):
                    proxies |= {(number, signs.prompt_id): signs for signs in found}
                    segments += run_job(job, raster, model, config)
                answers |= {(number, found.prompt_id): found for found in segments}
                result = self._assembled(segments, raster, held_out, config)
                layers.append(result.frame)
                if self._reference is not None and held_out.prompts:
                    report = measure(result, self._reference, required=False)
                    iou |= {(number, match.prompt_id): match.iou for match in report.matches}
        if self._reference is not None and not iou and proxies:
            raise PointsError(
                f"{self._reference.path}: none of its polygons holds a held-out click; "
                "check its extent and CRS"
            )
        return HeldOutFigures(proxies, iou, layers, answers)

    def compare(self, before: HeldOutFigures, after: HeldOutFigures) -> Evaluation:
        """Compare the figures object by object: an object that lies on several rasters counts once."""
        parts = {
            name: compare(_proxy(before, name), _proxy(after, name), name, seed=self._seed) for name in PARTS
        }
        sound = _sound(before), _sound(after)
        verdict = verdict_by_clicks(estimate(before.answers, after.answers), sound)
        if before.iou:
            old, new = by_object(before.iou), by_object(after.iou)
            measured = compare(old, new, "IoU with the reference polygons", seed=self._seed)
            verdict = with_clicks(measured, verdict, sound)
        return Evaluation(before, after, verdict, parts)

    def _jobs(self, raster: RasterSource, held_out: PromptSet, learned: PromptSet) -> Iterator[Job]:
        """The held-out objects' tiles; the other clicks are there as neighbours."""
        mine = {prompt.prompt_id for prompt in held_out.prompts}
        everyone = sorted((*held_out.prompts, *learned.prompts), key=lambda prompt: prompt.prompt_id)
        jobs = plan_jobs(everyone, raster.grid, self._model.image_size, TileConfig())
        for job in jobs:
            own = tuple(prompt for prompt in job.own if prompt.prompt_id in mine)
            if own:
                others = tuple(prompt for prompt in job.own if prompt.prompt_id not in mine)
                yield Job(job.tile, own, (*others, *job.context))

    def _assembled(
        self, segments: Sequence[Segment], raster: RasterSource, held_out: PromptSet, config: SegmentConfig
    ) -> Result:
        """What ``engine.segment`` would make of the held-out clicks in the midst of all others."""
        provenance = Provenance(self._model.name, None, config.review_below)
        frame = assemble(segments, held_out, raster.grid, PolygonConfig(), provenance)
        return Result(frame, {}, held_out, raster.grid)


def _proxy(figures: HeldOutFigures, name: str) -> dict[int, float]:
    return by_object({key: getattr(found, name) for key, found in figures.proxies.items()})


def _sound(figures: HeldOutFigures) -> dict[int, bool]:
    """Whether an object's masks are sound on every raster it lies on."""
    return {key: share == 1 for key, share in _proxy(figures, "sound").items()}
