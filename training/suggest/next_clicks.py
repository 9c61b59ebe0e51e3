"""Which places on a raster are worth the next click, by the model's doubt and their likeness to the clicks.

On the tiles around the clicks, the model is asked at every place of a grid, in a plain view and in one that
is turned and recoloured. A place is worth a click if what the model finds there looks like what was clicked,
and yet the model doubts its answer: by the entropy of its mask, by how much the two views disagree, and by
its predicted IoU. Clicked objects come back too where they are doubtful, at the place where their views
disagree most.

Likeness is that of :mod:`training.find.likeness`: Fisher's discriminant between the clicked objects and all
places, on what the encoder sees in a mask and in the ring around it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy import ndimage

from engine.boxes import tight_box
from engine.errors import PointsError
from engine.metrics import box_iou, mask_iou
from engine.models.base import Embedding, Segmenter
from engine.models.class_adapters import NO_CLASS, answering_for
from engine.stages.candidates import describe
from engine.stages.outlines import mask_invalid
from engine.stages.pipeline import Job, Reader, on_tile
from engine.stages.predict import Answer, TilePrompt, predict
from engine.stages.refine import clicked_component, mean_entropy
from training.adapt import views
from training.adapt.quality_proxies import LARGEST_SHARE
from training.adapt.samples import BATCH, Sample
from training.find.likeness import Moments, direction_of

GRID_PX = 48
SAME_OBJECT_IOU = 0.3
"""Of two suggestions whose boxes share more than this, the less promising one goes; so does one whose mask
shares more with that of a clicked object."""
NEW, CORRECT = "new object", "correct this object"


@dataclass(frozen=True, eq=False)
class Suggestion:
    """A place to click.

    Attributes:
        kind: :data:`NEW` or :data:`CORRECT`.
        xy: (2,) raster pixels.
        entropy, disagreement, likeness, score: each in [0, 1]; disagreement is 1 less the IoU of the two
            views' masks, likeness how near it is to the clicked objects (0: no nearer than the mean place, 1:
            than any; clicked objects have 1), score the predicted IoU.
        prompt_id: the object to correct, or None.
    """

    kind: str
    xy: np.ndarray
    entropy: float
    disagreement: float
    likeness: float
    score: float
    prompt_id: int | None

    @property
    def gain(self) -> float:
        """What a click there may bring: likeness times doubt, the mean of what speaks against the answer."""
        return self.likeness * (self.entropy + self.disagreement + 1 - self.score) / 3


@dataclass(frozen=True, eq=False)
class _Candidate:
    """A suggestion, and what others are compared with.

    Attributes:
        box: (4,) of its mask, raster pixels.
        features: (F,) of its mask, see :func:`engine.stages.candidates.describe`.
    """

    suggestion: Suggestion
    box: np.ndarray
    features: np.ndarray


def suggest(
    model: Segmenter,
    reader: Reader,
    jobs: Sequence[Job],
    count: int,
    *,
    seed: int = 0,
    done: Callable[[int], None] = lambda tiles: None,
) -> list[Suggestion]:
    """The ``count`` most promising places on the jobs' tiles, best first.

    Args:
        jobs: all clicks of the layer, each owned by one tile.
        done: called with 1 after every tile.

    Raises:
        PointsError: the model finds nothing at any click.
    """
    clicks = np.concatenate([prompt.positives for job in jobs for prompt in job.own])
    clicked: list[np.ndarray] = []
    found: list[_Candidate] = []
    for number, job in enumerate(jobs):
        asker = _Asker(model, clicks, np.random.default_rng((seed, number)))
        own, candidates = _on_tile(asker, reader, job)
        clicked.append(own)
        found += candidates
        done(1)
    shown = np.concatenate(clicked)
    if not len(shown):
        raise PointsError("the model found nothing at any click; click other objects")
    return _best_apart(_compared(found, shown), count)


def _compared(found: Sequence[_Candidate], clicked: np.ndarray) -> list[_Candidate]:
    """The same, new objects with their likeness to clicked ones, whose features are (k, F)."""
    doubtful = [candidate for candidate in found if candidate.suggestion.kind == CORRECT]
    new = [candidate for candidate in found if candidate.suggestion.kind == NEW]
    if not new:
        return doubtful
    alike = likeness(clicked, np.stack([candidate.features for candidate in new]))
    return doubtful + [
        replace(candidate, suggestion=replace(candidate.suggestion, likeness=float(value)))
        for candidate, value in zip(new, alike, strict=True)
    ]


def likeness(clicked: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(n,) how near ``others`` (n, F) lie to ``clicked`` (k, F): from 0, as their mean, to 1, the nearest.

    Most of the others are no such objects, so all of them together tell what is usual on this imagery.
    """
    sums = Moments()
    sums.add(others)
    background = sums.background()
    along = background.deviations(others) @ direction_of(background, clicked)
    return np.asarray((along / max(along.max(), 1e-9)).clip(0, 1))


def _best_apart(found: Sequence[_Candidate], count: int) -> list[Suggestion]:
    """The best ``count``, without those near a better one or on the same object: tiles overlap."""
    kept: list[_Candidate] = []
    for candidate in sorted(found, key=lambda candidate: -candidate.suggestion.gain):
        if len(kept) == count:
            break
        if not any(_same(candidate, other) for other in kept):
            kept.append(candidate)
    return [candidate.suggestion for candidate in kept]


def _same(one: _Candidate, other: _Candidate) -> bool:
    near = np.abs(one.suggestion.xy - other.suggestion.xy).max() <= GRID_PX / 2
    return bool(near) or box_iou(one.box, other.box) > SAME_OBJECT_IOU


@dataclass(frozen=True, eq=False)
class _Asker:
    """How tiles are read and prompted, and ``clicks`` (n, 2), in raster pixels, of all clicked objects."""

    model: Segmenter
    clicks: np.ndarray
    rng: np.random.Generator

    def answers(
        self, image: np.ndarray, prompts: Sequence[TilePrompt], clicked: int
    ) -> tuple[Embedding, Answer]:
        """Answers; the first ``clicked`` prompts take each other into account, the others do not."""
        with answering_for(self.model, NO_CLASS):
            embedding = self.model.encode(image)
            ask = partial(predict, self.model, embedding, batch=BATCH)
            parts = [
                ask(prompts=prompts[:clicked]),
                *([ask(prompts=prompts[clicked:], multimask=False)] if len(prompts) > clicked else []),
            ]
        logits = np.concatenate([part.logits for part in parts])
        return embedding, Answer(logits, np.concatenate([part.scores for part in parts]))


def _on_tile(asker: _Asker, reader: Reader, job: Job) -> tuple[np.ndarray, list[_Candidate]]:
    """Features (k, F) of those of the job's own objects that have a mask, and the places worth a click."""
    image, valid = reader.read(job.tile)
    image = np.where(valid[..., None], image, np.uint8(0))
    clicked = [on_tile(prompt, job.tile) for prompt in (*job.own, *job.context)]
    asked = (*clicked, *_grid(asker.model.image_size, valid))
    seen = _two_views(asker, Sample(image, valid, asked, len(asked)), len(clicked))
    cells = seen.plain.shape[-1] / asker.model.image_size
    one, other = seen.plain > 0, seen.turned > 0
    parts = np.stack([clicked_component(m, p.positives * cells) for m, p in zip(one, asked, strict=True)])
    entropy, disagreement = mean_entropy(seen.plain), 1 - mask_iou(one, other)
    features = describe(seen.embedding, parts)

    def candidate(row: int, where: np.ndarray, prompt_id: int | None) -> Iterator[_Candidate]:
        middle, box = _deepest(where, valid), tight_box(parts[row])
        if middle is not None and box is not None:
            values = float(entropy[row]), float(disagreement[row]), 1.0, float(seen.scores[row])
            kind = NEW if prompt_id is None else CORRECT
            found = Suggestion(kind, job.tile.to_raster(middle)[0], *values, prompt_id)
            yield _Candidate(found, job.tile.to_raster(box.reshape(2, 2) / cells).ravel(), features[row])

    candidates: list[_Candidate] = []
    for row, prompt in enumerate(job.own):
        candidates += candidate(row, one[row] ^ other[row], prompt.prompt_id)
    known = job.tile.to_tile(asker.clicks) * cells
    for row in range(len(clicked), len(asked)):
        too_large = parts[row].mean() > LARGEST_SHARE
        if not (too_large or _holds(parts[row], known) or _same_as_any(parts[row], one[: len(clicked)])):
            candidates += candidate(row, parts[row], None)
    return features[: len(job.own)][parts[: len(job.own)].any(axis=(1, 2))], candidates


def _holds(mask: np.ndarray, cells: np.ndarray) -> bool:
    """Whether any of (n, 2) positions, some of them off the tile, lies in the mask."""
    x, y = np.floor(cells[np.all((cells >= 0) & (cells < mask.shape[-1]), axis=1)]).astype(int).T
    return bool(mask[y, x].any())


def _grid(size: int, valid: np.ndarray) -> list[TilePrompt]:
    """A click every :data:`GRID_PX` pixels where there is data."""
    places = np.arange(GRID_PX // 2, size, GRID_PX)
    return [
        TilePrompt(np.array([[x, y]], float), np.ones(1, np.int64))
        for y in places
        for x in places
        if valid[y, x]
    ]


@dataclass(frozen=True, eq=False)
class _Views:
    """Logits (K, m, m) of the plain view, and of the turned one turned back; (K,) predicted IoU."""

    embedding: Embedding
    plain: np.ndarray
    turned: np.ndarray
    scores: np.ndarray


def _two_views(asker: _Asker, sample: Sample, clicked: int) -> _Views:
    embedding, answer = asker.answers(sample.image, sample.prompts, clicked)
    mask_invalid(answer.logits, sample.valid)
    around = views.flipped(sample, left_right=True, top_bottom=True)
    _, again = asker.answers(views.strong(around.image, asker.rng), around.prompts, clicked)
    mask_invalid(again.logits, around.valid)
    return _Views(embedding, answer.logits, again.logits[:, ::-1, ::-1], answer.scores)


def _same_as_any(mask: np.ndarray, taken: np.ndarray) -> bool:
    return bool((mask_iou(mask, taken) > SAME_OBJECT_IOU).any())


def _deepest(mask: np.ndarray, valid: np.ndarray) -> np.ndarray | None:
    """(2,) x, y in tile pixels of the middle of the cell farthest from the mask's edge.

    None if the mask is empty, or there is no image data at that place.
    """
    if not mask.any():
        return None
    depth = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    y, x = np.unravel_index(int(depth.argmax()), mask.shape)
    place = (np.array([x, y]) + 0.5) * valid.shape[0] / mask.shape[0]
    column, row = place.astype(int)
    return place if valid[row, column] else None
