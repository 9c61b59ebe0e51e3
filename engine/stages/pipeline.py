"""The stages over tiles: raster + prompts -> segments in raster pixels.

A job is one tile with the prompts it owns. Its segments depend on the job alone, never on other jobs or
their order, so jobs may run anywhere, any number of times, and their results are simply put together.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np

from engine.boxes import expanded, tight_box
from engine.config import RefineConfig, SegmentConfig, TileConfig
from engine.grid import RasterGrid, Tile
from engine.models.class_adapters import answering_for, class_named, classes_on
from engine.models.lora import carries_adapter, without_adapter
from engine.models.strength import acting, strength_for
from engine.models.tta import Augmented
from engine.reading.points import Prompt
from engine.stages import refine as refining
from engine.stages.close_windows import close_tiles, cuts, fewest_windows, lattice_windows
from engine.stages.either import surer
from engine.stages.job_parts import by_class, by_strength
from engine.stages.outlines import mask_invalid, on_data, outline_of
from engine.stages.plan import CONTEXT_SHARE as CONTEXT_SHARE
from engine.stages.plan import Job as Job
from engine.stages.plan import Plan
from engine.stages.polygons import keep_clicked
from engine.stages.predict import Answer, TilePrompt, chunked, predict, to_batch
from engine.stages.requery import requery

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon

    from engine.calibration import Calibrations
    from engine.models.base import ClosePictures, Segmenter

FINE_SHARE = 1 / 16
"""Objects whose box is smaller than this share of the tile are read again over a finer window."""


class Reader(Protocol):
    """What the pipeline needs of a raster (:class:`engine.reading.raster.RasterSource` is one)."""

    @property
    def grid(self) -> RasterGrid:
        """Size and georeference."""
        ...

    def read(self, tile: Tile) -> tuple[np.ndarray, np.ndarray]:
        """(size, size, 3) uint8 RGB and (size, size) bool validity of a tile."""
        ...


@dataclass(frozen=True, eq=False)
class Segment:
    """One object's answer; its geometry is in raster pixels and empty if nothing was found.

    Attributes:
        score: predicted IoU in [0, 1], calibrated where the model has a calibration.
        stability: IoU of the masks at logits +1 and -1.
        entropy: mean binary entropy inside the mask, 1 if it is empty.
        level: pyramid level of the window that the outline comes from.
        cut: whether the outline still ends at a window's edge, or a click lies beyond.
        rough: whether it could not be cut along the edge of the image data.
        first: predicted IoU, as the model says it, of the first answer to the clicks or the user's box.
        by_base: whether the base answered in the place of an adapter: of one that was less sure, or of those
            for other classes.
        claim: what decides who keeps a shared area, where that is not the score: calibrated scores may be
            level where the model's own tell two objects apart.
    """

    prompt_id: int
    geometry: Polygon | MultiPolygon
    score: float
    stability: float
    entropy: float
    level: int
    cut: bool
    first: float
    rough: bool = False
    by_base: bool = False
    claim: float | None = None

    @property
    def priority(self) -> float:
        """Of two objects, the one with more keeps a shared area."""
        return self.score if self.claim is None else self.claim

    @property
    def signals(self) -> tuple[float, float, float, float]:
        """Its :data:`engine.calibration.SIGNALS`, as long as the score is the model's own."""
        return self.first, self.score, self.stability, 1 - self.entropy


@dataclass(frozen=True, eq=False)
class _WindowAnswer:
    """What one tile shows of K prompts: logits (K, h, w) and scores, boxes in tile pixels, valid pixels."""

    tile: Tile
    answer: Answer
    boxes: list[np.ndarray | None]
    valid: np.ndarray


def plan_jobs(prompts: Sequence[Prompt], grid: RasterGrid, image_size: int, tiles: TileConfig) -> Plan:
    """The tiles of a raster that the prompts need at native resolution, in row-major order."""
    return Plan(prompts, grid, image_size, tiles)


def run_jobs(
    jobs: Iterable[Job],
    reader: Reader,
    model: Segmenter,
    config: SegmentConfig,
    progress: Callable[[int], None] = lambda done: None,
) -> Iterator[Segment]:
    """Yield the segments of every job; ``progress`` receives how many prompts each job has served."""
    for job in jobs:
        yield from run_job(job, reader, model, config)
        progress(len(job.own))


def run_job(job: Job, reader: Reader, model: Segmenter, config: SegmentConfig) -> list[Segment]:
    """Segment the prompts that a tile owns, in their order, each with its class's adapter if there is one."""
    segments: list[Segment] = []
    for kind, part in by_class(job, model):
        with answering_for(model, kind):
            segments += _run_adapted(part, reader, model, config)
    places = {prompt.prompt_id: place for place, prompt in enumerate(job.own)}
    return sorted(segments, key=lambda segment: places[segment.prompt_id])


def _run_adapted(job: Job, reader: Reader, model: Segmenter, config: SegmentConfig) -> list[Segment]:
    """Segment objects of one class, with the adapter as strong as their clicks ask for."""
    if not carries_adapter(model.module):
        by_base = _is_base_alone(model)
        return [replace(one, by_base=by_base) for one in _run_alike(job, reader, model, config)]
    found: dict[int, Segment] = {}
    for strength, part in by_strength(job, config.refine.strengths):
        with acting(model, strength):
            found |= {segment.prompt_id: segment for segment in _run_alike(part, reader, model, config)}
    adapted = [found[prompt.prompt_id] for prompt in job.own]
    if not config.refine.base_too:
        return adapted
    with without_adapter(model):
        base = _run_alike(job, reader, model, config)
    return surer(adapted, [replace(segment, by_base=True) for segment in base])


def _is_base_alone(model: Segmenter) -> bool:
    """Whether the base answers now since the adapters on it are for other classes."""
    return classes_on(model.module) is not None and not carries_adapter(model.module)


def _run_alike(job: Job, reader: Reader, model: Segmenter, config: SegmentConfig) -> list[Segment]:
    """A first look at the job's prompts, then other windows for those that need them."""
    model = Augmented(model) if config.refine.tta else model
    look = _answer_window(job.tile, job.own, job.context, reader, model, config.refine)
    segments = [_segment(look, row, prompt, reader.grid) for row, prompt in enumerate(job.own)]
    if not config.refine.zoom:
        return _calibrated(segments, job.own, model)
    rows = {prompt.prompt_id: row for row, prompt in enumerate(job.own)}
    _widen(segments, job.own, rows, reader, model, config)
    _narrow(segments, look, job.own, reader, model, config)
    return _calibrated(segments, job.own, model)


def _calibrated(segments: list[Segment], prompts: Sequence[Prompt], model: Segmenter) -> list[Segment]:
    """The segments with the IoU to expect as score, as they are if the model has no calibrations."""
    calibrations: Calibrations | None = getattr(model, "calibrations", None)
    if calibrations is None:
        return segments
    return [
        replace(segment, score=calibrations.of_kind(prompt.kind)(segment.signals), claim=segment.score)
        for segment, prompt in zip(segments, prompts, strict=True)
    ]


def multimask_candidates(job: Job, reader: Reader, model: Segmenter) -> list[Segment]:
    """All three masks of a job's first prompt at its first look, the likeliest first: to choose by hand."""
    image, valid = reader.read(job.tile)
    prompt = job.own[0]
    strength = strength_for(len(prompt.xy), RefineConfig().strengths)
    with answering_for(model, class_named(prompt.attributes)), acting(model, strength):
        decoded = model.decode(model.encode(image), to_batch([on_tile(prompt, job.tile)]), multimask=True)
        by_base = _is_base_alone(model)
    logits, scores = decoded.logits[0].float().cpu().numpy(), decoded.iou[0].float().cpu().numpy()
    mask_invalid(logits, valid)
    cells = logits.shape[-1] / job.tile.size
    boxes = [None if (box := tight_box(mask > 0)) is None else box / cells for mask in logits]
    look = _WindowAnswer(job.tile, Answer(logits, scores.clip(0, 1)), boxes, valid)
    found = [_segment(look, int(row), prompt, reader.grid) for row in np.argsort(-scores)]
    found = [replace(one, by_base=by_base) for one in found]
    return _calibrated(found, [prompt] * len(found), model)


def _answer_window(
    tile: Tile,
    own: Sequence[Prompt],
    context: Sequence[Prompt],
    reader: Reader,
    model: Segmenter,
    options: RefineConfig,
    boxes: np.ndarray | None = None,
) -> _WindowAnswer:
    """Read and embed a tile once, answer its prompts; ``boxes`` (K, 4; raster px) skip the first pass."""
    image, valid = reader.read(tile)
    embedding = model.encode(image)
    prompts = [on_tile(prompt, tile) for prompt in (*own, *context)]
    if boxes is not None:
        prompts = [
            TilePrompt(prompt.xy, prompt.labels, tile.to_tile(box.reshape(2, 2)).ravel())
            for prompt, box in zip(prompts, boxes, strict=True)
        ]
    answer = predict(model, embedding, prompts, options.batch)
    mask_invalid(answer.logits, valid)
    cells = answer.logits.shape[-1] / tile.size
    clicks = [prompt.positives * cells for prompt in prompts]
    if options.refine and boxes is None:
        masks = refining.refine(answer.logits, clicks, options.eps, options.divide)
    else:
        masks = answer.logits > 0
    keep = len(own)
    if options.requery and boxes is None:
        first = Answer(answer.logits[:keep], answer.scores[:keep])
        answer = requery(
            model,
            embedding,
            prompts[:keep],
            masks[:keep],
            first,
            expand=options.box_expand,
            batch=options.batch,
        )
        mask_invalid(answer.logits, valid)
    found = [
        tight_box(refining.clicked_component(logits > 0, cells_of))
        for logits, cells_of in zip(answer.logits[:keep], clicks, strict=False)
    ]
    return _WindowAnswer(
        tile,
        Answer(answer.logits[:keep], answer.scores[:keep], answer.first),
        [None if box is None else box / cells for box in found],
        valid,
    )


def on_tile(prompt: Prompt, tile: Tile) -> TilePrompt:
    """A prompt in the tile's pixels."""
    box = None if prompt.box is None else tile.to_tile(prompt.box.reshape(2, 2)).ravel()
    return TilePrompt(tile.to_tile(prompt.xy), prompt.labels, box)


def _segment(look: _WindowAnswer, row: int, prompt: Prompt, grid: RasterGrid) -> Segment:
    """Trace one answer into raster pixels and keep the parts that were clicked."""
    logits = look.answer.logits[row]
    outline = outline_of(logits, look.tile)
    clipped = on_data(outline, logits, look.valid, look.tile, grid)
    return Segment(
        prompt.prompt_id,
        keep_clicked(outline if clipped is None else clipped, prompt.positives),
        float(look.answer.scores[row]),
        float(refining.stability(logits[None])[0]),
        float(refining.mean_entropy(logits[None])[0]),
        look.tile.level,
        _is_cut(look, row, prompt, grid),
        float((look.answer.scores if look.answer.first is None else look.answer.first)[row]),
        rough=clipped is None,
    )


def _is_cut(look: _WindowAnswer, row: int, prompt: Prompt, grid: RasterGrid) -> bool:
    """Whether the tile shows a part of the object alone: the mask is cut, or a click lies beyond the tile."""
    box, tile = look.boxes[row], look.tile
    clicks = tile.to_tile(prompt.positives[grid.contains(prompt.positives)])
    if ((clicks < 0) | (clicks > tile.size)).any():
        return True
    return box is not None and cuts(tile, box, tile.size / look.answer.logits.shape[-1], grid)


def _widen(
    segments: list[Segment],
    own: Sequence[Prompt],
    rows: dict[int, int],
    reader: Reader,
    model: Segmenter,
    config: SegmentConfig,
) -> None:
    """Read objects that their window does not show whole again, over ever coarser windows; in place."""
    for level in range(1, config.tiles.max_level + 1):
        cut = [prompt for prompt in own if segments[rows[prompt.prompt_id]].cut]
        if not cut:
            return
        anchors = np.stack([prompt.anchor for prompt in cut])
        for tile, chosen in lattice_windows(anchors, level, model.image_size, config.tiles, reader.grid):
            group = [cut[index] for index in chosen]
            look = _answer_window(tile, group, (), reader, model, config.refine)
            for row, prompt in enumerate(group):
                wider = _segment(look, row, prompt, reader.grid)
                if not wider.geometry.is_empty:
                    segments[rows[prompt.prompt_id]] = wider


def _narrow(
    segments: list[Segment],
    look: _WindowAnswer,
    own: Sequence[Prompt],
    reader: Reader,
    model: Segmenter,
    config: SegmentConfig,
) -> None:
    """Read small objects again, box and clicks, from close by, in place."""
    wanted = _finer_levels(segments, look, config.tiles.min_level)
    boxes = {row: _raster_box(look, row, config.refine.box_expand) for row in wanted}
    side = getattr(model, "close_side", None)
    near = {} if side is None else close_tiles(boxes, wanted, own, side, reader.grid)
    for chunk in chunked(np.array(list(near), np.int64), config.refine.batch):
        closer = _answer_close(chunk.tolist(), near, own, boxes, reader, model)
        for place, row in enumerate(chunk.tolist()):
            _take_finer(segments, row, _segment(closer[place], 0, own[row], reader.grid))
    for tile, rows in _fine_windows(boxes, wanted, near, model, config, reader.grid):
        group = [own[row] for row in rows]
        boxed = np.stack([boxes[row] for row in rows])
        shared = _answer_window(tile, group, (), reader, model, config.refine, boxed)
        for place, row in enumerate(rows):
            _take_finer(segments, row, _segment(shared, place, own[row], reader.grid))


def _fine_windows(
    boxes: Mapping[int, np.ndarray],
    levels: Mapping[int, int],
    near: Container[int],
    model: Segmenter,
    config: SegmentConfig,
    grid: RasterGrid,
) -> Iterator[tuple[Tile, list[int]]]:
    """Windows of the model's own size for the rows that have no picture of their own, coarsest first."""
    for level in sorted({level for row, level in levels.items() if row not in near}, reverse=True):
        rows = [row for row, chosen in levels.items() if chosen == level and row not in near]
        centres = np.stack([(boxes[row][:2] + boxes[row][2:]) / 2 for row in rows])
        for tile, chosen in fewest_windows(centres, level, model.image_size, config.tiles, grid):
            yield tile, [rows[index] for index in chosen]


def _answer_close(
    rows: Sequence[int],
    tiles: Mapping[int, Tile],
    own: Sequence[Prompt],
    boxes: Mapping[int, np.ndarray],
    reader: Reader,
    model: Segmenter,
) -> list[_WindowAnswer]:
    """Read a small picture of each object, embed them together, and answer each with its box and clicks."""
    images, valid = zip(*(reader.read(tiles[row]) for row in rows), strict=True)
    prompts = [on_tile(replace(own[row], box=boxes[row]), tiles[row]) for row in rows]
    decoded = cast("ClosePictures", model).decode_close(np.stack(images), to_batch(prompts))
    logits, scores = decoded.logits[:, 0].cpu().numpy(), decoded.iou[:, 0].cpu().numpy().clip(0, 1)
    found = []
    for place, row in enumerate(rows):
        tile, own_logits = tiles[row], logits[place : place + 1]
        mask_invalid(own_logits, valid[place])
        cells = own_logits.shape[-1] / tile.size
        box = tight_box(refining.clicked_component(own_logits[0] > 0, prompts[place].positives * cells))
        answer = Answer(own_logits, scores[place : place + 1])
        found.append(_WindowAnswer(tile, answer, [None if box is None else box / cells], valid[place]))
    return found


def _take_finer(segments: list[Segment], row: int, finer: Segment) -> None:
    """Put an answer from close by in the place of the first look's, unless it is empty or cut."""
    if not finer.geometry.is_empty and not finer.cut:
        segments[row] = replace(finer, first=segments[row].first)


def _finer_levels(segments: list[Segment], look: _WindowAnswer, min_level: int) -> dict[int, int]:
    """Level at which each small object of a first look fills at least FINE_SHARE of the tile, by row."""
    levels = {}
    for row, (segment, box) in enumerate(zip(segments, look.boxes, strict=True)):
        if box is None or segment.geometry.is_empty or segment.level != look.tile.level or segment.cut:
            continue
        share = float((box[2:] - box[:2]).max()) / look.tile.size
        level = max(min_level, int(np.floor(np.log2(share / FINE_SHARE))))
        if level < 0:
            levels[row] = level
    return levels


def _raster_box(look: _WindowAnswer, row: int, expand: float) -> np.ndarray:
    box = look.boxes[row]
    if box is None:
        raise ValueError("only rows with a box are read again")
    grown = expanded(box, expand, look.tile.size)
    return look.tile.to_raster(grown.reshape(2, 2)).ravel()
