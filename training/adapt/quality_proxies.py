"""Quality of masks without a true outline: proxies, object by object.

None of them measures accuracy. They notice a model that loses its clicks, swallows neighbours, or answers
differently to the same object shown differently; a model that got worse usually does one of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from engine.metrics import mask_iou
from engine.models.base import Segmenter
from engine.stages.outlines import mask_invalid
from engine.stages.pipeline import Job, Reader, on_tile
from engine.stages.predict import Answer, TilePrompt, predict
from engine.stages.refine import stability
from engine.stages.requery import requery
from training.adapt import views
from training.adapt.samples import BATCH, Sample

LARGEST_SHARE = 0.5
"""A mask that covers more of the tile than this is no object."""
VIEWS = 2
"""Of a tile that are embedded."""
PARTS = ("clicks", "neighbours", "stability", "agreement", "consistency")


@dataclass(frozen=True)
class QualityProxies:
    """The proxies of one object, each in [0, 1], more is better.

    Attributes:
        prompt_id: the object.
        clicks: share of its clicks that the mask puts on the right side; all but the first were held back.
        neighbours: 1 less the share of the mask that a neighbour's mask claims too, and 0 if it covers a
            neighbour's click.
        stability: IoU of the masks at logits +1 and -1.
        agreement: IoU of the masks of a plain view and of a turned, recoloured one.
        consistency: IoU of the mask and what its own box asks for.
        share: of the tile that the mask covers.
    """

    prompt_id: int
    clicks: float
    neighbours: float
    stability: float
    agreement: float
    consistency: float
    share: float

    @property
    def sound(self) -> bool:
        """Whether the mask holds its clicks, at least one, is not empty, and does not fill the tile."""
        return self.clicks > 0 and 0 < self.share <= LARGEST_SHARE

    @property
    def score(self) -> float:
        """Mean of the five."""
        values = asdict(self)
        return float(np.mean([values[name] for name in PARTS]))


def quality_proxies(
    model: Segmenter, reader: Reader, jobs: Iterable[Job], seed: int
) -> Iterator[list[QualityProxies]]:
    """Yield the proxies of the objects that each job owns; the same seed shows the same views."""
    for number, job in enumerate(jobs):
        yield _tile_proxies(model, reader, job, np.random.default_rng((seed, 3, number)))


def _tile_proxies(
    model: Segmenter, reader: Reader, job: Job, rng: np.random.Generator
) -> list[QualityProxies]:
    image, valid = reader.read(job.tile)
    prompts = tuple(on_tile(prompt, job.tile) for prompt in (*job.own, *job.context))
    asked = tuple(_first_click_only(prompt) for prompt in prompts)
    sample = Sample(np.where(valid[..., None], image, np.uint8(0)), valid, asked, len(job.own))
    embedding = model.encode(sample.image)
    plain = predict(model, embedding, asked, BATCH)
    mask_invalid(plain.logits, valid)
    masks = plain.logits > 0
    turned = _turned_masks(model, sample, rng)
    keep = sample.own
    first = Answer(plain.logits[:keep], plain.scores[:keep])
    again = requery(model, embedding, asked[:keep], masks[:keep], first, expand=0.1, batch=BATCH)
    mask_invalid(again.logits, valid)
    stable = stability(first.logits)
    crowd = masks.sum(axis=0)
    found = []
    for row, prompt in enumerate(job.own):
        mask = masks[row]
        found.append(
            QualityProxies(
                prompt.prompt_id,
                _clicks_right(mask, prompts[row], model.image_size),
                _undisputed(row, mask, crowd, prompts, model.image_size),
                float(stable[row]),
                float(mask_iou(mask, turned[row])),
                float(mask_iou(mask, again.logits[row] > 0)),
                float(mask.mean()),
            )
        )
    return found


def _first_click_only(prompt: TilePrompt) -> TilePrompt:
    """The prompt without what is held back to test it: every positive click but the first."""
    if len(prompt.positives) < 2:
        return prompt
    kept = prompt.labels == 0
    kept[np.flatnonzero(prompt.labels == 1)[0]] = True
    return TilePrompt(prompt.xy[kept], prompt.labels[kept], prompt.box)


def _turned_masks(model: Segmenter, sample: Sample, rng: np.random.Generator) -> np.ndarray:
    """(own, m, m) bool masks of the tile turned by 180° and recoloured, turned back."""
    turned = views.flipped(sample, left_right=True, top_bottom=True)
    embedding = model.encode(views.strong(turned.image, rng))
    answer = predict(model, embedding, turned.prompts, BATCH, own=turned.own)
    mask_invalid(answer.logits, turned.valid)
    return np.asarray(answer.logits[:, ::-1, ::-1] > 0)


def _clicks_right(mask: np.ndarray, prompt: TilePrompt, image_size: int) -> float:
    if len(prompt.labels) == 0:
        return 1.0
    return float((_under(mask, prompt.xy, image_size) == (prompt.labels == 1)).mean())


def _undisputed(
    row: int, mask: np.ndarray, crowd: np.ndarray, prompts: tuple[TilePrompt, ...], image_size: int
) -> float:
    others = np.concatenate([np.zeros((0, 2)), *(p.positives for k, p in enumerate(prompts) if k != row)])
    if _under(mask, others, image_size).any():
        return 0.0
    return 1.0 - float((crowd[mask] > 1).mean()) if mask.any() else 0.0


def _under(mask: np.ndarray, xy: np.ndarray, image_size: int) -> Any:
    """(n,) whether the mask covers each position, in tile pixels; False off the tile."""
    on_tile = np.all((xy >= 0) & (xy < image_size), axis=1, keepdims=True)
    cells = (np.where(on_tile, xy, 0) * mask.shape[-1] / image_size).astype(int)
    covered: Any = mask[cells[:, 1], cells[:, 0]]
    return covered & on_tile[:, 0]
