"""Set operations on polygons that end in an answer or in None, never in an exception.

Those on whole arrays (``…_rows``) give each row what the same operation gives that row alone.

GEOS raises where rounding errors make the borders of its inputs contradict each other, which happens to about
one polygon in 20,000 that others were cut from. Each operation is first done as it is, so that sound shapes
come out as they always did; if that fails, with repaired inputs; and then on ever coarser grids, to which all
coordinates are rounded: noding on a grid cannot contradict itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

FAILURES = (ShapelyError, ValueError, ArithmeticError)
"""What shapely raises where it cannot compute; a library on top of it may add LookupError and TypeError."""
GRID_BITS = (40, 34, 28)
"""Coordinates are rounded to the largest over two to these powers: micrometres to centimetres in UTM."""

_SLACK_BITS = 40
"""Areas may be wrong by an outline's length times the largest coordinate over two to this power."""

_CHECK_BITS = 42
"""Checks are computed on a grid that is finer than what they allow."""

Operation = Callable[..., BaseGeometry]
Shapes = NDArray[np.object_]
"""Geometries, or None where there is none."""


def attempt(operation: Operation, *shapes: BaseGeometry) -> BaseGeometry | None:
    """What an operation makes of shapes, repaired or rounded where it must be; None if it never works.

    Args:
        operation: takes the shapes, and returns one.
    """
    for inputs in _versions(shapes):
        try:
            return operation(*inputs)
        except FAILURES:
            continue
    return None


def _versions(shapes: Sequence[BaseGeometry]) -> Iterator[list[BaseGeometry]]:
    """The shapes as they are, then made valid, then on grids; versions that cannot be made are left out."""
    yield list(shapes)
    repaired = [repair(shape) for shape in shapes]
    if any(shape is None for shape in repaired):
        return
    yield [shape for shape in repaired if shape is not None]
    for bits in GRID_BITS:
        try:
            yield list(shapely.set_precision(repaired, grid_size(shapes, bits)))
        except FAILURES:
            continue


def attempt_rows(operation: Callable[..., Any], *shapes: Shapes) -> tuple[Shapes, NDArray[np.bool_]]:
    """An operation on whole arrays, which is faster by far than :func:`attempt` row by row.

    Args:
        operation: takes arrays of n shapes and returns one; what a row becomes depends on that row alone.
        shapes: arrays of n.

    Returns:
        (n,) answers, and (n,) whether there is one. GEOS raises at the other rows: they are for
        :func:`attempt`.
    """
    answers = np.full(len(shapes[0]), None, dtype=object)
    done = np.zeros(len(answers), dtype=bool)
    waiting = [slice(0, len(answers))] if len(answers) else []
    while waiting:
        rows = waiting.pop()
        try:
            answers[rows] = operation(*(array[rows] for array in shapes))
            done[rows] = True
        except FAILURES:
            # Halves, down to the rows that are to blame.
            middle = (rows.start + rows.stop) // 2
            if rows.stop - rows.start > 1:
                waiting += [slice(rows.start, middle), slice(middle, rows.stop)]
    return answers, done


def grid_sizes(shapes: Shapes, bits: int) -> NDArray[np.float64]:
    """(n,) :func:`grid_size` of each row of (n,) or (n, k) shapes."""
    if not len(shapes):
        return np.empty(0)
    bounds = shapely.bounds(shapes).reshape(len(shapes), -1)
    # An empty shape has no bounds, as in grid_size.
    largest = np.fmax.reduce(np.abs(bounds), axis=1)
    sound = np.isfinite(largest)
    exponents = np.frexp(np.where(sound, largest, 1.0))[1]
    return np.where(sound, np.ldexp(1.0, exponents - bits), 1.0)


def grid_size(shapes: Sequence[BaseGeometry] | Shapes, bits: int) -> float:
    """A power of two, ``bits`` binary places below the largest coordinate."""
    bounds = np.abs(shapely.bounds(np.asarray(shapes, dtype=object)))
    # An empty shape has no bounds; shapely.total_bounds says the same, and takes four times as long.
    largest = float(np.fmax.reduce(bounds, axis=None, initial=-np.inf))
    return 2.0 ** (math.frexp(largest)[1] - bits) if math.isfinite(largest) else 1.0


def repair(shape: BaseGeometry) -> BaseGeometry | None:
    """The same area as a valid geometry; None if there is no such, as where a coordinate is no number."""
    if shape.is_valid:
        return shape
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        return None
    ways: tuple[Callable[[BaseGeometry], BaseGeometry], ...] = (
        lambda geom: shapely.make_valid(geom, method="structure", keep_collapsed=False),
        lambda geom: shapely.make_valid(geom),
        lambda geom: geom.buffer(0),
    )
    for way in ways:
        try:
            valid = way(shape)
        except FAILURES:
            continue
        if valid.is_valid:
            return valid
    return None


def difference(one: BaseGeometry, other: BaseGeometry) -> BaseGeometry | None:
    """What of ``one`` is not in ``other``; None if GEOS finds no answer."""

    def error(one: BaseGeometry, other: BaseGeometry, left: BaseGeometry) -> float:
        return float(left.area + _on_grid(shapely.intersection, one, other).area - one.area)

    return _adding_up(shapely.difference, error, one, other)


def intersection(one: BaseGeometry, other: BaseGeometry) -> BaseGeometry | None:
    """What both have in common; None if GEOS finds no answer."""

    def error(one: BaseGeometry, other: BaseGeometry, common: BaseGeometry) -> float:
        return float(common.area + _on_grid(shapely.difference, one, other).area - one.area)

    return _adding_up(shapely.intersection, error, one, other)


def _on_grid(operation: Operation, one: BaseGeometry, other: BaseGeometry) -> BaseGeometry:
    """The answer to check another by: without a grid both come of one noding, and may be wrong alike."""
    return operation(one, other, grid_size=grid_size([one, other], _CHECK_BITS))


def _adding_up(
    operation: Operation, error: Callable[..., float], *shapes: BaseGeometry
) -> BaseGeometry | None:
    """As :func:`attempt`, but an answer whose area does not add up counts as none.

    Where borders all but coincide GEOS may return a wrong answer without a word.

    Args:
        error: takes the shapes and the answer, and returns the area by which the answer is wrong.
    """
    first: BaseGeometry | None = None
    for inputs in _versions(shapes):
        rounding = max(grid_size(shapes, _SLACK_BITS), float(np.max(shapely.get_precision(inputs))))
        slack = rounding * sum(shape.length for shape in inputs)
        try:
            found = operation(*inputs)
            if abs(error(*inputs, found)) <= slack:
                # It may have been the check that was wrong at first, not the answer.
                same = first is not None and first.is_valid and abs(first.area - found.area) <= slack
                return first if same else found
            first = first or found
        except FAILURES:
            continue
    return None


def difference_rows(ones: Shapes, others: Shapes) -> Shapes:
    """(n,) :func:`difference` of each row of two arrays of n."""
    found, done = attempt_rows(shapely.difference, ones, others)
    common, checked = _common_rows(ones, others)
    wrong = np.abs(shapely.area(found) + shapely.area(common) - shapely.area(ones))
    slack = _slack_rows(ones, others)
    return _or_singly(found, done & checked & (wrong <= slack), difference, ones, others)


def _common_rows(ones: Shapes, others: Shapes) -> tuple[Shapes, NDArray[np.bool_]]:
    """What each row has in common, on the grid of :func:`_on_grid`; and whether there is an answer."""
    sizes = grid_sizes(np.column_stack([ones, others]), _CHECK_BITS)
    common = np.full(len(ones), None, dtype=object)
    done = np.zeros(len(ones), dtype=bool)
    for size in np.unique(sizes):
        rows = sizes == size
        common[rows], done[rows] = attempt_rows(
            lambda one, other, size=size: shapely.intersection(one, other, grid_size=size),
            ones[rows],
            others[rows],
        )
    return common, done


def self_union_rows(shapes: Shapes) -> Shapes:
    """(n,) :func:`union` of each shape with nothing else: its own borders noded."""
    return union_rows(shapes[:, None])


def union_rows(shapes: Shapes) -> Shapes:
    """(n,) :func:`union` of each row of (n, k) shapes that share no area; None counts as no shape."""
    found, done = attempt_rows(lambda some: shapely.union_all(some, axis=1), shapes)
    wrong = np.abs(shapely.area(found) - np.nansum(shapely.area(shapes), axis=1))
    good = done & (wrong <= _slack_rows(*shapes.T))
    return _or_singly(found, good, lambda row: union(row[~shapely.is_missing(row)], disjoint=True), shapes)


def _slack_rows(*shapes: Shapes) -> NDArray[np.float64]:
    """(n,) the area by which an answer may be wrong, as :func:`_adding_up` allows it."""
    rounding = grid_sizes(np.column_stack(shapes), _SLACK_BITS)
    precision = np.fmax.reduce([shapely.get_precision(some) for some in shapes])
    length = np.nansum([shapely.length(some) for some in shapes], axis=0)
    return np.asarray(np.maximum(rounding, precision) * length)


def _or_singly(
    found: Shapes, good: NDArray[np.bool_], operation: Callable[..., Any], *shapes: Shapes
) -> Shapes:
    """The answers, those that are not good computed again, one by one."""
    for row in np.flatnonzero(~good):
        found[row] = operation(*(some[row] for some in shapes))
    return found


def union(shapes: Sequence[BaseGeometry], disjoint: bool = False) -> BaseGeometry | None:
    """What any of them covers; None if GEOS finds no answer.

    Args:
        disjoint: the shapes share no area, so that theirs must add up.
    """
    if not len(shapes):
        return shapely.Polygon()

    def error(*parts: BaseGeometry) -> float:
        areas = [part.area for part in parts[:-1]]
        most, least = sum(areas), sum(areas) if disjoint else max(areas)
        return max(parts[-1].area - most, least - parts[-1].area, 0.0)

    return _adding_up(lambda *parts: shapely.union_all(list(parts)), error, *shapes)


def touches(one: BaseGeometry, other: BaseGeometry) -> bool:
    """Whether they share border alone; False also where GEOS finds no answer."""
    try:
        return bool(one.touches(other))
    except FAILURES:
        return False


def touches_rows(ones: Shapes, others: Shapes) -> NDArray[np.bool_]:
    """(n,) :func:`touches` of each row of two arrays of n."""
    found, done = attempt_rows(shapely.touches, ones, others)
    return _or_singly(found, done, touches, ones, others).astype(bool)


def pairs(
    tree: shapely.STRtree, shapes: Sequence[BaseGeometry] | Shapes, predicate: str, **more: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Row in ``shapes``, and row in the tree, of all pairs for which the predicate holds.

    A shape at which GEOS raises is repaired; if that does not help, all whose bounds meet its own count.
    """
    try:
        rows, hits = tree.query(np.asarray(shapes, dtype=object), predicate=predicate, **more)
        return rows, hits
    except FAILURES:
        found = [_hits(tree, shape, predicate, **more) for shape in shapes]
    return np.repeat(np.arange(len(found)), [len(hits) for hits in found]), np.concatenate([*found, _NONE])


def pairs_once(
    shapes: Shapes, predicate: Callable[..., Any], distance: float = 0.0
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The two rows of all pairs of different shapes for which a predicate holds, the smaller row first.

    A pair at which GEOS raises is repaired; if that does not help, it counts.

    Args:
        predicate: takes two arrays of k shapes, and returns (k,) bool. It must be symmetric, and hold for no
            shapes whose bounds are farther apart than the distance along either axis.
    """
    wide = shapely.bounds(shapes).reshape(-1, 4) + distance * np.array([-1, -1, 1, 1])
    boxes = np.where(np.isfinite(wide).all(axis=1), shapely.box(*wide.T), None)
    left, right = shapely.STRtree(shapes).query(boxes)
    once = left < right
    left, right = left[once], right[once]
    asked = shapes[np.unique(left)]
    shapely.prepare(asked)
    found, done = attempt_rows(predicate, shapes[left], shapes[right])
    shapely.destroy_prepared(asked)

    def singly(one: BaseGeometry, other: BaseGeometry) -> bool:
        try:
            return bool(predicate(repair(one), repair(other)))
        except FAILURES:
            return True

    holds = _or_singly(found, done, singly, shapes[left], shapes[right]).astype(bool)
    return left[holds], right[holds]


_NONE = np.empty(0, dtype=np.int64)


def _hits(tree: shapely.STRtree, shape: BaseGeometry, predicate: str, **more: Any) -> np.ndarray:
    for version in (shape, repair(shape)):
        try:
            return np.asarray(tree.query(version, predicate=predicate, **more))
        except FAILURES:
            continue
    return np.asarray(tree.query(shape))
