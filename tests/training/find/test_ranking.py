"""What is found among candidates: one of each, none that a click holds, also from examples elsewhere."""

from __future__ import annotations

import numpy as np

from engine.stages.candidates import Candidate
from tests.training.find.test_pool import box
from training.find.ranking import Kind, Ranking, hold_clicks, holding, rank

SIDE = 8
CORNERS = [(40 * column, 40 * row) for row in range(8) for column in range(8)]
WANTED, OTHERS = CORNERS[::2], CORNERS[1::2]


def candidates() -> list[Candidate]:
    """Squares of two kinds: the wanted ones look alike, the others like nothing."""
    rng = np.random.default_rng(0)
    alike = np.array([3.0, -3.0, 3.0, -3.0, 0, 0, 0, 0])
    noise = rng.normal(size=(len(CORNERS), 8)) / 3
    return [
        box(*corner, SIDE, tuple(values + (alike if corner in WANTED else 0)))
        for corner, values in zip(CORNERS, noise, strict=True)
    ]


def ranked(some: list[Candidate], kind: Kind) -> Ranking:
    """What is found, with nothing that stands or is unwanted."""
    return rank(lambda: ((0, one) for one in some), [kind], [], np.zeros((0, 2)))


def best(found: Ranking) -> set[tuple[float, ...]]:
    """Corners of as many finds as there are wanted ones, the likeliest."""
    return {tuple(find.candidate.corner.tolist()) for find in found.finds[: len(WANTED)]}


def test_a_clicked_object_is_not_found_again_where_a_part_was_taken_for_it() -> None:
    some = candidates()
    rest = box(3, 3, 12, tuple(some[0].features))
    clicks = np.array(WANTED[:5], float) + SIDE / 2
    assert rest.holds(clicks[0])
    found = ranked([*some, rest], Kind(None, 0, clicks, []))
    assert found.meant[None][0] is not None
    assert not holding([find.candidate for find in found.finds], clicks).any()


def test_examples_of_another_raster_find_all_and_stand_in_no_ones_way() -> None:
    some = candidates()
    elsewhere = [[some[CORNERS.index(corner)]] for corner in WANTED[:5]]
    kind = Kind(None, 0, np.zeros((0, 2)), [], elsewhere)
    found = ranked(some, kind)
    assert best(found) == {tuple(map(float, corner)) for corner in WANTED}


def test_a_mask_that_holds_two_examples_or_what_is_unwanted_is_none_of_them() -> None:
    first, second, both = box(0, 0, 8), box(10, 0, 8), box(0, 0, 18)
    kind = Kind(None, 0, np.array([[4.0, 4.0], [14.0, 4.0]]), [])
    hold_clicks(kind, [both, first, second])
    assert kind.options == [[first], [second]]
    alone = Kind(None, 0, np.array([[4.0, 4.0]]), [])
    hold_clicks(alone, [both, first], np.array([[14.0, 4.0]]))
    assert alone.options == [[first]]


def test_where_every_mask_holds_two_examples_they_are_better_than_none() -> None:
    both = box(0, 0, 18)
    kind = Kind(None, 0, np.array([[4.0, 4.0], [14.0, 4.0]]), [])
    hold_clicks(kind, [both])
    assert kind.options == [[both], [both]]
