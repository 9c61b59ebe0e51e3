"""One scene for the finder: its candidates, what each truly is, and how well an order of them does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from engine.config import SegmentConfig, TileConfig
from engine.console import Reporter
from engine.finding import Search
from engine.models.base import Segmenter
from engine.stages.candidates import Candidate, LatticeJob, lattice_jobs, level_for
from engine.stages.suppression import Overlaps, overlaps
from engine.tile_work import do_each
from engine.writing.shards import Shards
from training.benchmark.protocols import ArrayReader, Example, draw_clicks
from training.find.likeness import Background, Moments
from training.find.pool import masks_of

GOOD_IOU = 0.5
ROUGH_IOU = 0.25
CLICKED_IOU = 0.3
"""A find that agrees so much with a clicked object is neither right nor wrong."""


@dataclass(frozen=True, eq=False)
class FindScene:
    """What a finder is measured on.

    Attributes:
        candidates: whole ones.
        iou: (n, m) of each candidate with each object.
        clicks: (m, 2) a click on each object, drawn once.
        channels: of the coarsest map, with which a candidate's features begin.
        seconds: processor time of the candidates, for each megapixel.
        times_encoding: the same as a multiple of that for encoding the tiles alone, measured at once; None if
            only the candidates were timed.
    """

    name: str
    candidates: list[Candidate]
    iou: np.ndarray
    clicks: np.ndarray
    background: Background
    level: int
    channels: int
    seconds: float
    times_encoding: float | None

    @property
    def recall(self) -> float:
        """Share of the objects that some candidate outlines."""
        return float((self.iou.max(axis=0) >= GOOD_IOU).mean())

    @cached_property
    def shared(self) -> Overlaps:
        """How much any two candidates share."""
        return overlaps(self.candidates)

    @cached_property
    def number_of(self) -> dict[Candidate, int]:
        """The candidates' numbers."""
        return {one: row for row, one in enumerate(self.candidates)}

    def stream(self) -> Iterator[tuple[int, Candidate]]:
        """Every candidate after its level."""
        return ((self.level, one) for one in self.candidates)

    def sharing(self, some: Sequence[Candidate]) -> Overlaps:
        """How much any two of some of the candidates share."""
        return self.shared.among(np.array([self.number_of[one] for one in some], int), len(self.candidates))


Agreement = Callable[[Sequence[Candidate], Example], np.ndarray]
"""(n, m) IoU, or what stands for it, of candidates with an example's objects."""


def usual_level(example: Example, model: Segmenter) -> int:
    """The level at which objects of the median size are looked for."""
    side = float(np.median([np.sqrt(patch.mask.sum()) for patch in example.objects]))
    return level_for(side, model.image_size, TileConfig())


def prepare(
    example: Example,
    model: Segmenter,
    work: Path,
    level: int | None = None,
    agreement: Agreement | None = None,
) -> FindScene:
    """Find the candidates of a scene, or take those of an earlier run in the folder ``work``.

    Args:
        level: None takes that of the scene's own objects.
        agreement: None takes the IoU of the masks.
    """
    reader, config = ArrayReader(example.image), SegmentConfig(model=model.name)
    level = usual_level(example, model) if level is None else level
    jobs = lattice_jobs(reader.grid, model.image_size, config.tiles, level, large=False)
    name = f"{example.name}-level{level}"
    timing = work / f"{name}.json"
    # What a kill left unmeasured is found again, so that its time is known.
    with Shards(work / name, resume=timing.is_file()) as shards:
        shards.begin(
            {"scene": example.name, "level": level, "large": False, "model": [model.name, model.sha256]}
        )
        started = time.process_time()
        fresh = not shards.done
        do_jobs = partial(do_each, reader, model, config, shards)
        search = Search(reader.grid, model, config, shards, Reporter("find", quiet=True), do_jobs)
        stream = search.candidates(jobs)
        if fresh:
            spent = time.process_time() - started
            timing.write_text(json.dumps([spent, _encoding(jobs, reader, model)]), encoding="utf-8")
        candidates = [one for _, one in stream() if not one.cut]
    spent, encoding = json.loads(timing.read_text(encoding="utf-8"))
    clicks = [
        draw_clicks(patch, example.image.shape[:2], 1, 0, (0, number))[0][0]
        for number, patch in enumerate(example.objects)
    ]
    sums = Moments()
    sums.add(masks_of(candidates).features)
    return FindScene(
        example.name,
        candidates,
        (agreement or mask_agreement)(candidates, example),
        np.array(clicks),
        sums.background(),
        level,
        _channels(model),
        spent / (example.image.shape[0] * example.image.shape[1] / 1e6),
        None if encoding is None else spent / encoding,
    )


def _encoding(jobs: Sequence[LatticeJob], reader: ArrayReader, model: Segmenter) -> float:
    """Processor seconds of reading and encoding the tiles of some jobs."""
    started = time.process_time()
    for job in jobs:
        model.encode(reader.read(job.tile)[0])
    return time.process_time() - started


def _channels(model: Segmenter) -> int:
    blank = np.zeros((model.image_size, model.image_size, 3), np.uint8)
    return int(model.encode(blank).features.shape[1])


def mask_agreement(candidates: Sequence[Candidate], example: Example) -> np.ndarray:
    """(n, m) IoU of candidates with the objects, on the pixels of the image."""
    iou = np.zeros((len(candidates), len(example.objects)))
    boxes = np.stack([patch.box for patch in example.objects])
    areas = np.array([patch.mask.sum() for patch in example.objects], float)
    for row, one in enumerate(candidates):
        box = one.box
        near = np.flatnonzero(((boxes[:, :2] < box[2:]) & (boxes[:, 2:] > box[:2])).all(axis=1))
        for column in near:
            shared = _shared(one, example, int(column))
            iou[row, column] = shared / (one.area + areas[column] - shared)
    return iou


def _shared(one: Candidate, example: Example, number: int) -> float:
    """Pixels that a candidate and an object share, by the centres of the candidate's cells' pixels."""
    patch = example.objects[number]
    height, width = patch.mask.shape
    columns = np.floor((patch.x + np.arange(width) + 0.5 - one.corner[0]) / one.cell).astype(int)
    rows = np.floor((patch.y + np.arange(height) + 0.5 - one.corner[1]) / one.cell).astype(int)
    inside_x = (columns >= 0) & (columns < one.mask.shape[1])
    inside_y = (rows >= 0) & (rows < one.mask.shape[0])
    drawn = one.mask[np.ix_(rows[inside_y], columns[inside_x])]
    return float((drawn & patch.mask[np.ix_(inside_y, inside_x)]).sum())


@dataclass(frozen=True)
class Score:
    """How well an order of finds does.

    Attributes:
        ap: mean precision at IoU 0.5, over all recalls.
        best_f1: at the best threshold.
        rough_f1: the same if an IoU of :data:`ROUGH_IOU` sufficed: what outlines and extents cost.
        f1, precision, pq: at the default threshold; None for an order without probabilities.
        calibration: difference of expected and true share of right finds of 0.15 or more; None likewise.
    """

    ap: float
    best_f1: float
    rough_f1: float
    f1: float | None = None
    precision: float | None = None
    pq: float | None = None
    calibration: float | None = None


def score_of(
    scene: FindScene,
    order: np.ndarray,
    clicked: np.ndarray,
    chance: np.ndarray | None = None,
    threshold: float = 0.0,
    least: float = 0.15,
) -> Score:
    """Measure finds.

    Args:
        order: (f,) numbers of candidates, the best first.
        clicked: objects that were examples; all others are the question.
        chance: (f,) probability of each find.
        threshold: the default one.
    """
    asked = np.setdiff1d(np.arange(scene.iou.shape[1]), clicked)
    iou = scene.iou[order]
    mine = iou[:, clicked].max(axis=1, initial=0) if len(clicked) else np.zeros(len(order))
    counts = ~((mine >= CLICKED_IOU) & (mine >= iou[:, asked].max(axis=1, initial=0)))
    iou = iou[counts][:, asked]
    chance = None if chance is None else chance[counts]
    right, agreement = _right(iou)
    hits = np.cumsum(right)
    precision, recall = hits / np.maximum(np.arange(1, len(hits) + 1), 1), hits / max(len(asked), 1)
    falling = np.maximum.accumulate(precision[::-1])[::-1]
    ap = float((falling * np.diff(recall, prepend=0.0)).sum())
    best, rough = (_best_f1(_right(iou, good)[0], len(asked)) for good in (GOOD_IOU, ROUGH_IOU))
    if chance is None:
        return Score(ap, best, rough)
    accepted = chance >= threshold
    total = int(accepted.sum()) + len(asked)
    kept = chance >= least
    error = abs(float(chance[kept].mean()) - float(right[kept].mean())) if kept.any() else 0.0
    return Score(
        ap,
        best,
        rough,
        2 * float(right[accepted].sum()) / max(total, 1),
        float(right[accepted].mean()) if accepted.any() else None,
        2 * float((agreement * right)[accepted].sum()) / max(total, 1),
        error,
    )


def _best_f1(right: np.ndarray, asked: int) -> float:
    """At the best threshold, of finds (f,) that are right or not, where ``asked`` objects are wanted."""
    f1 = 2 * np.cumsum(right) / (np.arange(1, len(right) + 1) + asked)
    return float(f1.max(initial=0.0))


def _right(iou: np.ndarray, good: float = GOOD_IOU) -> tuple[np.ndarray, np.ndarray]:
    """(f,) whether each find outlines an object that no better find outlines, and its IoU."""
    taken: set[int] = set()
    right, agreement = np.zeros(len(iou), bool), np.zeros(len(iou))
    for row, values in enumerate(iou):
        best = int(values.argmax()) if len(values) else 0
        if len(values) and values[best] >= good and best not in taken:
            taken.add(best)
            right[row], agreement[row] = True, values[best]
    return right, agreement
