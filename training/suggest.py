"""Where to click next: ``python -m training.suggest --raster R --points P --out suggestions.gpkg``.

On the tiles around the clicks, the model is asked at every place of a grid, in a plain view and in one that
is turned and recoloured. A place is worth a click if what the model finds there looks like what was clicked
and like an object at all, and yet the model is unsure of it: by the entropy of its mask, and by how much the
two views disagree. Clicked objects that are themselves unsure come back too, at the place where their views
disagree most.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from scipy import ndimage

from engine.config import SegmentConfig, TileConfig
from engine.errors import ConfigError, OutputError, PointsError
from engine.grid import RasterGrid
from engine.merged import is_adapted
from engine.models.base import Embedding, Segmenter
from engine.models.lora import doubtful
from engine.options import check_threads, model_loader
from engine.output import check_writable
from engine.pipeline import Job, Reader, blank, on_tile, plan_jobs
from engine.points import load_prompts
from engine.predict import Answer, TilePrompt, predict
from engine.raster import RasterSource
from engine.refine import clicked_component, mean_entropy
from engine.report import Parser, Reporter, run_command
from engine.requery import tight_box
from training.adapt import ssa, views
from training.adapt.probe import LARGEST_SHARE
from training.adapt.samples import BATCH, Sample

GRID_PX = 48
SAME_OBJECT_IOU = 0.3
"""Of two suggestions whose masks share more than this, the less promising one goes."""
NEW, CORRECT = "new object", "correct this object"


@dataclass(frozen=True, eq=False)
class Suggestion:
    """A place to click.

    Attributes:
        kind: :data:`NEW` or :data:`CORRECT`.
        xy: (2,) raster pixels.
        entropy, disagreement, likeness, score: each in [0, 1]; disagreement is 1 less the IoU of the two
            views' masks, likeness how near its features are to those of a clicked object (0: no nearer than
            the middle of all places on its tile), score the predicted IoU.
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
        """What a click there may bring: likeness and score, times the mean of entropy and disagreement."""
        return self.likeness * self.score * (self.entropy + self.disagreement) / 2


def suggest(
    model: Segmenter,
    reader: Reader,
    jobs: Sequence[Job],
    count: int,
    *,
    seed: int = 0,
    best_of_three: bool = True,
    done: Callable[[int], None] = lambda tiles: None,
) -> list[Suggestion]:
    """The ``count`` most promising places on the jobs' tiles, best first.

    Args:
        jobs: all clicks of the layer, each owned by one tile.
        best_of_three: as for :func:`engine.predict.predict`; adapters answer with the single mask.
        done: told 1 after every tile.
    """
    clicks = np.concatenate([prompt.positives for job in jobs for prompt in job.own])
    found: list[Suggestion] = []
    for number, job in enumerate(jobs):
        look = _Look(model, best_of_three, clicks, np.random.default_rng((seed, number)))
        found += _on_tile(look, reader, job)
        done(1)
    found.sort(key=lambda suggestion: -suggestion.gain)
    return _apart(found)[:count]


def _apart(found: Sequence[Suggestion]) -> list[Suggestion]:
    """Without places that a better one is near to: tiles overlap."""
    kept: list[Suggestion] = []
    for suggestion in found:
        if all(np.abs(suggestion.xy - other.xy).max() > GRID_PX / 2 for other in kept):
            kept.append(suggestion)
    return kept


@dataclass(frozen=True, eq=False)
class _Look:
    """How tiles are looked at, and ``clicks`` (n, 2), in raster pixels, of all clicked objects."""

    model: Segmenter
    best_of_three: bool
    clicks: np.ndarray
    rng: np.random.Generator

    def answers(
        self, image: np.ndarray, prompts: Sequence[TilePrompt], clicked: int
    ) -> tuple[Embedding, Answer]:
        """The first ``clicked`` prompts are objects and know of each other; the others are mere questions."""
        embedding = self.model.encode(image)
        ask = partial(predict, self.model, embedding, batch=BATCH)
        parts = [
            ask(prompts=prompts[:clicked], best_of_three=self.best_of_three),
            *([ask(prompts=prompts[clicked:], best_of_three=False)] if len(prompts) > clicked else []),
        ]
        logits = np.concatenate([part.logits for part in parts])
        return embedding, Answer(logits, np.concatenate([part.scores for part in parts]))


def _on_tile(look: _Look, reader: Reader, job: Job) -> Iterator[Suggestion]:
    image, valid = reader.read(job.tile)
    image = np.where(valid[..., None], image, np.uint8(0))
    clicked = [on_tile(prompt, job.tile) for prompt in (*job.own, *job.context)]
    asked = (*clicked, *_grid(look.model.image_size, valid))
    plain, turned, likeness, score = _two_views(look, Sample(image, valid, asked, len(asked)), len(clicked))
    entropy = mean_entropy(plain)
    one, other = plain > 0, turned > 0
    disagreement = 1 - _iou(one, other)
    cells = plain.shape[-1] / look.model.image_size
    for row, prompt in enumerate(job.own):
        disputed = one[row] ^ other[row]
        if (place := _deepest(disputed, valid)) is not None:
            xy = job.tile.to_raster(place)[0]
            values = (float(entropy[row]), float(disagreement[row]), 1.0, float(score[row]))
            yield Suggestion(CORRECT, xy, *values, prompt.prompt_id)
    taken = list(one[: len(clicked)])
    known = job.tile.to_tile(look.clicks) * cells
    gains = likeness * score * (entropy + disagreement)
    for row in np.argsort(-gains[len(clicked) :]) + len(clicked):
        mask = clicked_component(one[row], asked[row].xy * cells)
        too_large = mask.mean() > LARGEST_SHARE
        place = _deepest(mask, valid)
        if place is None or too_large or _holds(mask, known) or _same_as_any(mask, taken):
            continue
        taken.append(mask)
        xy = job.tile.to_raster(place)[0]
        values = (float(entropy[row]), float(disagreement[row]), float(likeness[row]), float(score[row]))
        yield Suggestion(NEW, xy, *values, None)


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


def _two_views(
    look: _Look, sample: Sample, clicked: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Logits of the plain and of the turned view (K, m, m), (K,) likeness to the first ``clicked``, score."""
    import torch

    embedding, answer = look.answers(sample.image, sample.prompts, clicked)
    plain, size = answer.logits, look.model.image_size
    blank(plain, sample.valid)
    around = views.flipped(sample, left_right=True, top_bottom=True)
    _, again = look.answers(views.strong(around.image, look.rng), around.prompts, clicked)
    blank(again.logits, around.valid)
    boxes = torch.from_numpy(_boxes(plain > 0) * (size / plain.shape[-1])).float()
    pooled = ssa.pooled(embedding.features.float().cpu(), boxes, size).numpy()
    nearest = (pooled @ pooled[:clicked].T).max(axis=1)
    usual = float(np.median(nearest[clicked:])) if len(nearest) > clicked else 0.0
    likeness = ((nearest - usual) / max(1 - usual, 1e-6)).clip(0, 1)
    return plain, again.logits[:, ::-1, ::-1], likeness, answer.scores


def _boxes(masks: np.ndarray) -> np.ndarray:
    """(K, 4) tight boxes in cells; a whole tile where a mask is empty."""
    side = masks.shape[-1]
    whole = np.array([0, 0, side, side], float)
    return np.stack([whole if (box := tight_box(mask)) is None else box for mask in masks])


def _iou(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    union = (one | other).sum((1, 2))
    return np.asarray((one & other).sum((1, 2)) / np.maximum(union, 1))


def _same_as_any(mask: np.ndarray, taken: Sequence[np.ndarray]) -> bool:
    return any(((mask & t).sum() / max((mask | t).sum(), 1)) > SAME_OBJECT_IOU for t in taken)


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


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.report.run_command` for the exit codes."""
    options = _parser().parse_args(argv)
    return run_command(lambda reporter: _work(options, reporter), Reporter("suggest", as_json=options.json))


def _work(options: argparse.Namespace, reporter: Reporter) -> None:
    check_threads(options.threads)
    if options.count < 1:
        raise ConfigError(f"--count must be at least 1, not {options.count}")
    check_writable(options.out, options.overwrite)
    if options.out.suffix != ".gpkg":
        raise OutputError(f"{options.out}: suggestions are written as .gpkg")
    bands = None if options.bands is None else tuple(options.bands)
    with RasterSource.open(options.raster, bands, assume_crs=options.assume_crs) as raster:
        found = load_prompts(
            options.points,
            raster.grid,
            layer=options.points_layer,
            object_field=options.object_field,
            points_crs=options.points_crs,
            valid_at=raster.valid_at,
        )
        for note in found.notes:
            reporter.event("note", f"note: {note}")
        reporter.rejected((item.prompt_id, item.reason) for item in found.rejected)
        if not found.prompts:
            raise PointsError(f"{options.points}: no click lies on the raster; check extent and CRS")
        config = SegmentConfig(model=options.model, adapter=options.adapter, device=options.device)
        if options.adapter is not None and (warning := doubtful(Path(options.adapter))):
            reporter.event("note", f"note: {warning}")
        model = model_loader(config, options.threads)()
        jobs = plan_jobs(found.prompts, raster.grid, model.image_size, TileConfig())
        plain = not is_adapted(options.model, options.adapter)
        reporter.start(len(jobs), "tiles")
        best = suggest(model, raster, jobs, options.count, best_of_three=plain, done=reporter.advance)
        _write(_layer(best, raster.grid), options.out)
    reporter.event("done", f"{options.out}: {len(best)} places to click next", out=str(options.out))


def _layer(found: Sequence[Suggestion], grid: RasterGrid) -> gpd.GeoDataFrame:
    """The suggestions as points in the raster's CRS, best first."""
    figures = ("gain", "entropy", "disagreement", "likeness", "score")
    table = {
        "rank": range(1, len(found) + 1),
        "kind": [s.kind for s in found],
        **{name: [round(getattr(s, name), 4) for s in found] for name in figures},
        "prompt_id": [s.prompt_id for s in found],
    }
    places = [shapely.Point(grid.to_world(s.xy)[0]) for s in found]
    return gpd.GeoDataFrame(table, geometry=places, crs=grid.crs_wkt)


def _write(frame: gpd.GeoDataFrame, out: Path) -> None:
    """Whole or not at all: written beside its place, then moved there."""
    partial = out.with_name(f".{out.stem}.part.gpkg")
    try:
        pyogrio.write_dataframe(frame, partial, layer="suggestions", driver="GPKG")
        partial.replace(out)
    except (OSError, pyogrio.errors.DataSourceError) as error:
        raise OutputError(f"{out}: cannot be written ({error})") from error
    finally:
        partial.unlink(missing_ok=True)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m training.suggest", description=__doc__)
    parser.add_argument("--raster", required=True, help="any raster that GDAL reads")
    parser.add_argument("--points", type=Path, required=True, help="the clicks so far")
    parser.add_argument("--points-layer", metavar="NAME", help="its name, in a file of several layers")
    parser.add_argument("--points-crs", metavar="CRS", help="CRS of a point layer that states none")
    parser.add_argument("--object-field", metavar="F", help="column that groups clicks into objects")
    parser.add_argument("--out", type=Path, required=True, help="GeoPackage with layer 'suggestions'")
    parser.add_argument("--count", type=int, default=20, help="how many places (default: 20)")
    parser.add_argument("--model", default="nano")
    parser.add_argument("--adapter", metavar="DIR")
    parser.add_argument("--bands", nargs="+", metavar="B")
    parser.add_argument("--assume-crs", metavar="CRS")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--overwrite", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(main())
