"""What a run learns from and is evaluated on: rasters, the clicks on them, and which objects are held out."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.config import TileConfig
from engine.console import NAMED
from engine.errors import ConfigError, PointsError
from engine.messages import message
from engine.models.class_adapters import NO_CLASS, class_named
from engine.reading.points import Prompt, PromptSet, load_prompts
from engine.reading.raster import RasterSource
from engine.scoring import Reference, outlined
from engine.stages.pipeline import plan_jobs
from training.adapt.samples import TrainingTile, tiles_of
from training.adapt.verdict import MIN_COMPARED

if TYPE_CHECKING:
    from engine.console import Reporter


FEWEST = 5
"""Objects of a class below which it gets no adapter of its own: one held out, four would decide for all."""
MOST = 0.5
"""Share of the objects above which they count as most."""
Clicked = Sequence[tuple[RasterSource, PromptSet]]
"""Every raster, and all objects that are clicked on it."""


@dataclass(frozen=True)
class TrainRequest:
    """The files and limits of one run.

    Attributes:
        rasters: at least one.
        points: clicks for all of them.
        out: the adapter's folder.
        model: the model's name, or the path of its checkpoint.
        reference, reference_layer: true polygons to measure held-out objects with, or None.
        holdout: share of the objects that is held out, not learned from, in [0, 1).
        epochs: visits of every tile; None chooses.
        minutes: stop after about this many minutes instead; None for no limit.
        bands, layer, object_field, points_crs, assume_crs, encoding, allow_remote: as for segmentation.
        only: the class whose objects alone count, empty for those without one; None takes all.
    """

    rasters: tuple[str, ...]
    points: Path
    out: Path
    model: str = "nano"
    reference: Path | None = None
    reference_layer: str | None = None
    holdout: float = 0.2
    epochs: float | None = None
    minutes: float | None = None
    seed: int = 0
    bands: tuple[int | str, ...] | None = None
    layer: str | None = None
    object_field: str | None = None
    points_crs: str | None = None
    assume_crs: str | None = None
    encoding: str | None = None
    allow_remote: bool = False
    only: str | None = None

    @property
    def truth(self) -> Reference | None:
        """The reference polygons and how to read them."""
        if self.reference is None:
            return None
        return Reference(self.reference, self.reference_layer, self.encoding, self.allow_remote)

    def __post_init__(self) -> None:
        paths = [os.path.realpath(path) for path in self.rasters]
        if again := sorted({path for path in paths if paths.count(path) > 1}):
            raise ConfigError(f"--raster {again[0]} is given twice; give every raster once")
        if not 0 <= self.holdout < 1:
            raise ConfigError(f"--clicks-holdout must be at least 0 and below 1, not {self.holdout:g}")
        if self.epochs is not None and self.epochs <= 0:
            raise ConfigError(f"--epochs must be positive, not {self.epochs:g}")
        if self.minutes is not None and self.minutes <= 0:
            raise ConfigError(f"--minutes must be positive, not {self.minutes:g}")
        if self.epochs is not None and self.minutes is not None:
            raise ConfigError("give --epochs or --minutes, not both")


@dataclass(frozen=True, eq=False)
class TrainingRaster:
    """One raster, the objects to learn from on it, and those held out.

    Attributes:
        others: objects of other classes than the run is for: neighbours of those held out.
    """

    raster: RasterSource
    learned: PromptSet
    held_out: PromptSet
    others: tuple[Prompt, ...] = ()

    @property
    def neighbours(self) -> PromptSet:
        """All that the held-out objects are segmented in the midst of."""
        return replace(self.learned, prompts=(*self.learned.prompts, *self.others))


def open_sources(request: TrainRequest, stack: ExitStack, reporter: Reporter) -> list[TrainingRaster]:
    """Open every raster with the points that lie on it, and hold some objects out.

    What is to be known of the files is reported unless the request is for one class of several: whoever
    adapts to these says it once.

    Raises:
        PointsError: no point lies on any raster.
    """
    clicked = read_clicks(request, stack)
    drawn, doubts = outlined_objects(clicked, request)
    if request.only is None:
        reporter.notes((*notes_on(clicked), *doubts))
        reporter.rejected(unusable(clicked))
    mine = [_of_class(found, request.only) for _, found in clicked]
    # An object keeps its number on every raster: held out on one, it is learned from on none.
    everyone = set[int]().union(*mine)
    reporter.notes(_advice([p for _, found in clicked for p in found.prompts if p.prompt_id in everyone]))
    held_out = choose_held_out(everyone, request.holdout, request.seed, drawn)
    if few := _few_outlines(held_out & drawn, len(everyone), request):
        reporter.event("note", few)
    sources = [
        TrainingRaster(
            raster,
            _only(found, ids - held_out),
            _only(found, ids & held_out),
            tuple(prompt for prompt in found.prompts if prompt.prompt_id not in ids),
        )
        for (raster, found), ids in zip(clicked, mine, strict=True)
    ]
    learned, kept = (
        object_count(getattr(source, part) for source in sources) for part in ("learned", "held_out")
    )
    text = f"{learned} objects to learn from, {kept} held out to evaluate on"
    reporter.event("objects", text, learned=learned, held=kept)
    return sources


def read_clicks(request: TrainRequest, stack: ExitStack) -> Clicked:
    """Open every raster and read the clicks on it, those of all classes.

    Raises:
        PointsError: no point lies on any raster.
    """
    clicked = [_read(path, request, stack) for path in request.rasters]
    if not any(found.prompts for _, found in clicked):
        raise PointsError(message("learn-elsewhere", path=request.points))
    return clicked


def notes_on(clicked: Clicked) -> list[str]:
    """What had to be assumed of the rasters and of the layer of clicks."""
    rasters = [raster.notes for raster, _ in clicked]
    return [*rasters[0], *clicked[0][1].notes, *(note for notes in rasters[1:] for note in notes)]


def unusable(clicked: Clicked) -> list[tuple[int, str]]:
    """Objects that can be used on no raster, and why."""
    used = {prompt.prompt_id for _, found in clicked for prompt in found.prompts}
    rejected = clicked[0][1].rejected
    return [(item.prompt_id, item.reason) for item in rejected if item.prompt_id not in used]


def _read(path: str, request: TrainRequest, stack: ExitStack) -> tuple[RasterSource, PromptSet]:
    """One raster and all objects that are clicked on it."""
    source = RasterSource.open(
        path, request.bands, assume_crs=request.assume_crs, allow_remote=request.allow_remote
    )
    raster = stack.enter_context(source)
    return raster, load_prompts(
        request.points,
        raster.grid,
        layer=request.layer,
        object_field=request.object_field,
        points_crs=request.points_crs,
        encoding=request.encoding,
        allow_remote=request.allow_remote,
        valid_at=raster.valid_at,
    )


def _advice(prompts: Sequence[Prompt]) -> Iterator[str]:
    """Notes on clicks from which little is known to be learned."""
    kinds = sorted({class_named(prompt.attributes) for prompt in prompts} - {NO_CLASS})
    if len(kinds) > 1:
        some = ", ".join(kinds[:NAMED]) + (", …" if len(kinds) > NAMED else "")
        yield (
            f"the clicks are of {len(kinds)} classes ({some}), and one adapter for all learns less than one "
            f"for each, which train makes where a class has {FEWEST} objects and --together is not given"
        )
    if prompts and np.mean([len(prompt.positives) > 1 for prompt in prompts]) > MOST:
        yield (
            "most objects have several clicks: segment answers these well as it is, and adapting to them "
            "gained it little or nothing; click more objects once instead, or measure with --reference"
        )


def object_count(found: Iterable[PromptSet]) -> int:
    """Objects on all rasters together; one that lies on several is one."""
    return len({prompt.prompt_id for prompts in found for prompt in prompts.prompts})


def choose_held_out(
    ids: Collection[int], share: float, seed: int, outlined: Collection[int] = frozenset()
) -> set[int]:
    """Which objects are not learned from; at least one is always learned from.

    Those with an outline come first: of the others accuracy cannot be measured.
    """
    wanted = min(round(len(ids) * share), max(len(ids) - 1, 0))
    drawn = np.random.default_rng((seed, 4)).permutation(sorted(ids)).tolist()
    return set(sorted(drawn, key=lambda number: number not in outlined)[:wanted])


def outlined_objects(clicked: Clicked, request: TrainRequest) -> tuple[set[int], list[str]]:
    """Objects that a reference polygon holds, none without references, and notes on the polygons.

    Raises:
        PointsError: the reference cannot be used, or holds no object.
    """
    reference = request.truth
    if reference is None:
        return set(), []
    found = set[int]()
    notes: dict[str, None] = {}
    for raster, prompts in clicked:
        truth = reference.read(raster.grid)
        found |= outlined(prompts, raster.grid, truth)
        notes |= dict.fromkeys(truth.notes)
    if not found:
        raise PointsError(message("reference-elsewhere", path=request.reference))
    return found, list(notes)


def _few_outlines(held_out: Collection[int], objects: int, request: TrainRequest) -> str | None:
    """What to do if too few of the objects held out have an outline; None if enough have."""
    if request.reference is None or len(held_out) >= MIN_COMPARED:
        return None
    count = len(held_out)
    text = (
        f"note: {count} held-out objects have an outline, and at least {MIN_COMPARED} are needed to measure"
    )
    share = np.ceil(20 * MIN_COMPARED / objects) / 20
    enough = f", with --clicks-holdout {share:g} or more" if request.holdout < share < 1 else ""
    return f"{text} whether the adapter is better: outline at least {MIN_COMPARED}{enough}"


def _of_class(found: PromptSet, kind: str | None) -> set[int]:
    """Numbers of the objects of a class; None takes all."""
    return {p.prompt_id for p in found.prompts if kind is None or class_named(p.attributes) == kind}


def _only(found: PromptSet, ids: Collection[int]) -> PromptSet:
    """The prompts of those objects, and nothing that was rejected."""
    prompts = tuple(prompt for prompt in found.prompts if prompt.prompt_id in ids)
    return replace(found, prompts=prompts, rejected=())


def training_tiles(
    sources: Sequence[TrainingRaster], image_size: int, reporter: Reporter
) -> list[TrainingTile]:
    """Tiles around the points at native resolution, never the whole raster.

    Raises:
        PointsError: no object has a click on its tile.
    """
    found: list[TrainingTile] = []
    for source in sources:
        jobs = plan_jobs(source.learned.prompts, source.raster.grid, image_size, TileConfig())
        found += tiles_of(source.raster, jobs)
    wanted = sum(len(source.learned.prompts) for source in sources)
    if missing := wanted - sum(len(tile.job.own) for tile in found):
        problem = f"the clicks of {missing} objects lie too far apart for tiles of {image_size} pixels"
        if missing == wanted:
            raise PointsError(f"{problem}: nothing is left to learn from; click them closer together")
        reporter.event("note", f"note: {problem}: not learned from", count=missing)
    return found
