"""Candidates of a whole raster, a part at a time, and which of them are like the examples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

import numpy as np
import shapely

from engine.errors import PointsError
from engine.stages.candidates import Candidate
from engine.stages.suppression import best_apart, overlaps
from training.find.judge import judged
from training.find.likeness import Background, Likeness, Moments, held_out, learn
from training.find.pool import Pool, Sharing, masks_of

PART = 2000
"""Candidates looked at together."""
LEAST_VALUE = -6.0
"""Candidates of a lower value are no finds; a mean example has about 4."""
SURE_ROUNDS, MOST_SURE = 2, 30
"""How often sure finds join the examples, and how many of them."""

Stream = Callable[[], Iterable[tuple[int, Candidate]]]
"""Every candidate with its level, from the start at each call."""


@dataclass(eq=False)
class Kind:
    """One class, and its examples.

    Attributes:
        level: of the candidates that may be of this class.
        clicks: (n, 2) raster pixels, one of each clicked object.
        drawn: its outlines that stand.
        elsewhere: of each example on another raster the masks that it may mean.
        alone: of each clicked object the candidates that hold its click and no other.
        among: of each the candidates that also hold what is another object, or none of the wanted.
    """

    name: str | None
    level: int
    clicks: np.ndarray
    drawn: list[Candidate]
    elsewhere: list[list[Candidate]] = field(default_factory=list)
    alone: list[list[Candidate]] = field(init=False)
    among: list[list[Candidate]] = field(init=False)

    def __post_init__(self) -> None:
        self.alone = [[] for _ in self.clicks]
        self.among = [[] for _ in self.clicks]

    @property
    def options(self) -> list[list[Candidate]]:
        """Of each clicked object the masks that it may mean.

        Who clicks two objects says that they are two: a mask that holds both is neither, unless there is no
        other.
        """
        return [alone or among for alone, among in zip(self.alone, self.among, strict=True)]

    def examples(self) -> list[list[Candidate]]:
        """The masks that each example may mean, those on this raster first, clicked ones at the start."""
        return [*self._here(), *self.elsewhere]

    @property
    def here(self) -> int:
        """How many of the examples lie on this raster."""
        return len(self._here())

    def _here(self) -> list[list[Candidate]]:
        return [*(some for some in self.options if some), *([one] for one in self.drawn)]


@dataclass(frozen=True, eq=False)
class Find:
    """A candidate of a class, with the probability that it is one and well outlined."""

    candidate: Candidate
    kind: str | None
    value: float
    probability: float


@dataclass(frozen=True, eq=False)
class Ranking:
    """What a raster holds.

    Attributes:
        finds: none overlaps another or an example, the likeliest first.
        meant: by class, for each clicked object the candidate that it means, or None.
        own: by class, the values (k,) of its examples by what the others teach.
        seen: by class, the number of masks that say what is usual.
    """

    finds: tuple[Find, ...]
    meant: dict[str | None, list[Candidate | None]]
    own: dict[str | None, np.ndarray]
    seen: dict[str | None, int]


def rank(
    stream: Stream,
    kinds: Sequence[Kind],
    taken: Sequence[Candidate],
    not_at: np.ndarray,
    sharing: Sharing = overlaps,
) -> Ranking:
    """Find what is like the examples.

    Args:
        taken: what stands already, or is no such object: no find overlaps it.
        not_at: (n, 2) raster pixels that no find may hold.
        sharing: how much any two of some candidates share; whoever ranks often may know it already.

    Raises:
        PointsError: no mask was found at any example of a class.
    """
    backgrounds = _survey(stream, kinds, not_at)
    clicks = np.concatenate([np.zeros((0, 2)), *(kind.clicks for kind in kinds)])
    found: list[Find] = []
    meant, own = {}, {}
    for kind in kinds:
        if not kind.examples() or kind.level not in backgrounds:
            raise PointsError(f"{_called(kind)}: the model found nothing at any example; click other objects")
        background = backgrounds[kind.level]
        finds, chosen, own[kind.name] = _of_kind(stream, kind, background, taken, not_at, clicks, sharing)
        found += finds
        numbers = iter(chosen)
        meant[kind.name] = [some[next(numbers)] if some else None for some in kind.options]
    several = meant.values() if len(kinds) > 1 else ()
    clicked = [one for some in several for one in some if one is not None]
    seen = {kind.name: backgrounds[kind.level].count for kind in kinds}
    return Ranking(tuple(_apart(found, clicked)), meant, own, seen)


def _called(kind: Kind) -> str:
    return "the examples" if kind.name is None else f"class '{kind.name}'"


def _survey(stream: Stream, kinds: Sequence[Kind], not_at: np.ndarray) -> dict[int, Background]:
    """What is usual on each level; the options of the kinds are filled by the way."""
    moments = {kind.level: Moments() for kind in kinds}
    others = [np.concatenate([not_at, *(one.clicks for one in kinds if one is not kind)]) for kind in kinds]
    for part in _parts(stream, moments):
        for level, candidates in part.items():
            moments[level].add(masks_of(candidates).features)
            for kind, places in zip(kinds, others, strict=True):
                if kind.level == level:
                    hold_clicks(kind, candidates, places)
    return {level: sums.background() for level, sums in moments.items() if sums.count}


def _parts(stream: Stream, levels: Iterable[int]) -> Iterator[dict[int, list[Candidate]]]:
    """Uncut candidates by level, :data:`PART` at a time."""
    wanted, candidates = set(levels), iter(stream())
    while part := list(islice(candidates, PART)):
        by_level: dict[int, list[Candidate]] = {}
        for level, candidate in part:
            if level in wanted and not candidate.cut:
                by_level.setdefault(level, []).append(candidate)
        yield by_level


def hold_clicks(kind: Kind, candidates: Sequence[Candidate], others: np.ndarray | None = None) -> None:
    """Add to each click's options the candidates that hold it.

    Args:
        others: (n, 2) raster pixels, places that are no object of the class.
    """
    held = list(_held(candidates, kind.clicks))
    number = np.bincount([row for row, _ in held], minlength=len(candidates))
    if others is not None:
        number += holding(candidates, others)
    for row, click in held:
        (kind.alone if number[row] == 1 else kind.among)[click].append(candidates[row])


def holding(candidates: Sequence[Candidate], places: np.ndarray) -> np.ndarray:
    """(n,) whether each candidate holds any of (m, 2) places in raster pixels."""
    found = np.zeros(len(candidates), bool)
    found[[row for row, _ in _held(candidates, places)]] = True
    return found


def _held(candidates: Sequence[Candidate], places: np.ndarray) -> Iterator[tuple[int, int]]:
    """Numbers of each candidate and of each place in it."""
    if not len(places) or not candidates:
        return
    tree = shapely.STRtree(shapely.points(places))
    boxes = [shapely.box(*candidate.box) for candidate in candidates]
    for row, place in zip(*tree.query(boxes, predicate="intersects").tolist(), strict=True):
        if candidates[row].holds(places[place]):
            yield row, place


def _of_kind(
    stream: Stream,
    kind: Kind,
    background: Background,
    taken: Sequence[Candidate],
    not_at: np.ndarray,
    clicks: np.ndarray,
    sharing: Sharing,
) -> tuple[list[Find], np.ndarray, np.ndarray]:
    """Finds of a class, which mask each of its examples means, and the examples' values.

    Args:
        clicks: (m, 2) raster pixels of all clicked objects, of any class: no find holds one.
    """
    examples = kind.examples()
    options = [masks_of(some) for some in examples]
    likeness, chosen = learn(background, options)
    above = list(_above(stream, kind, likeness))
    near = [one for one, bad in zip(above, holding(above, not_at), strict=True) if not bad]
    finds = []
    if near:
        pool = Pool.of(near, [*chain(*examples[: kind.here]), *taken], sharing)
        likeness, chosen = surer(pool, background, examples, taken, kind.here)
        means = [some[row] for some, row in zip(examples, chosen, strict=True)]
        chance, values = judged(pool, likeness, means).chance, likeness(pool.masks)
        chosen = likeliest(pool, chance, examples, chosen)
        means = [some[row] for some, row in zip(examples, chosen, strict=True)]
        kept = pool.free(chance, [*means[: kind.here], *taken], holding(near, clicks))
        finds = [Find(near[row], kind.name, float(values[row]), float(chance[row])) for row in kept]
    return finds, chosen, held_out(background, options)


def surer(
    pool: Pool,
    background: Background,
    examples: Sequence[Sequence[Candidate]],
    taken: Sequence[Candidate],
    here: int,
) -> tuple[Likeness, np.ndarray]:
    """Learn from the examples, and again from sure finds besides; and which mask each example means.

    Args:
        here: how many of the examples, the first ones, lie among the candidates.
    """
    options = [masks_of(some) for some in examples]
    likeness, chosen = learn(background, options)
    for _ in range(SURE_ROUNDS):
        means = [some[row] for some, row in zip(examples, chosen, strict=True)]
        values = likeness(pool.masks)
        kept = pool.free(values, [*means[:here], *taken])
        standard = float(np.median(likeness(masks_of(means))))
        sure = np.array([row for row in kept[:MOST_SURE] if values[row] >= standard], int)
        likeness, chosen = learn(background, options, pool.masks.take(sure) if len(sure) else None)
    return likeness, chosen


def likeliest(
    pool: Pool, chance: np.ndarray, examples: Sequence[Sequence[Candidate]], chosen: np.ndarray
) -> np.ndarray:
    """(k,) which mask each example means: the likeliest of those judged, else the one ``chosen``."""
    known = dict(zip(pool.near, chance.tolist(), strict=True))
    found = chosen.copy()
    for number, some in enumerate(examples):
        own = [known.get(one, -1.0) for one in some]
        if max(own) >= 0:
            found[number] = int(np.argmax(own))
    return found


def _above(stream: Stream, kind: Kind, likeness: Likeness) -> Iterator[Candidate]:
    """The candidates that may be of a class."""
    for part in _parts(stream, (kind.level,)):
        candidates = part.get(kind.level, [])
        if candidates:
            values = likeness(masks_of(candidates))
            yield from (candidates[row] for row in np.flatnonzero(values > LEAST_VALUE))


def _apart(finds: Sequence[Find], clicked: Sequence[Candidate]) -> list[Find]:
    """Finds of all classes, none overlapping another or the clicked objects of another class.

    Each place goes to the class it is likeliest of.
    """
    chance = np.array([find.probability for find in finds])
    if not clicked and len({find.kind for find in finds}) < 2:
        return [finds[row] for row in np.argsort(-chance, kind="stable")]
    shared = overlaps([*clicked, *(find.candidate for find in finds)])
    first = np.concatenate([np.full(len(clicked), np.inf), chance])
    return [finds[row - len(clicked)] for row in best_apart(first, shared) if row >= len(clicked)]
