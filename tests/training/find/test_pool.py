"""Candidates in the company of what stands."""

from __future__ import annotations

import numpy as np
import pytest

from engine.stages.candidates import Candidate
from engine.stages.suppression import overlaps
from training.find.pool import Pool


def box(x: float, y: float, side: int, features: tuple[float, ...] = (0.0,) * 8) -> Candidate:
    """A filled square."""
    mask = np.ones((side, side), bool)
    corner = np.array([x, y])
    return Candidate(corner + side / 2, corner, 1.0, mask, 0.9, 0.9, np.array(features, np.float32), False)


def test_pairs_among_some_are_those_that_they_alone_would_give() -> None:
    some = [box(0, 0, 10), box(2, 0, 10), box(100, 0, 10), box(4, 0, 10)]
    chosen = np.array([3, 0, 2])
    found = overlaps(some).among(chosen, len(some))
    alone = overlaps([some[row] for row in chosen])
    assert list(zip(found.left, found.right, strict=True)) == list(zip(alone.left, alone.right, strict=True))
    assert found.iou.tolist() == alone.iou.tolist()


def test_of_two_that_clash_the_better_stays() -> None:
    pool = Pool.of([box(0, 0, 10), box(1, 0, 10), box(50, 0, 10)], [])
    assert pool.free(np.array([0.3, 0.8, 0.5]), []).tolist() == [1, 2]


def test_nothing_stays_on_what_stands() -> None:
    standing = box(1, 1, 10)
    pool = Pool.of([box(0, 0, 10), box(50, 0, 10)], [standing])
    assert pool.free(np.array([0.9, 0.1]), [standing]).tolist() == [1]
    assert pool.free(np.array([0.9, 0.1]), []).tolist() == [0, 1]


def test_a_candidate_that_stands_is_no_find_and_keeps_others_away() -> None:
    near = [box(0, 0, 10), box(1, 0, 10), box(50, 0, 10)]
    assert Pool.of(near, near[:1]).free(np.array([0.1, 0.9, 0.5]), near[:1]).tolist() == [2]


def test_two_that_stand_on_each_other_both_keep_others_away() -> None:
    standing = [box(0, 0, 10), box(4, 0, 10)]
    pool = Pool.of([box(6, 0, 10)], standing)
    assert pool.free(np.array([0.9]), standing).tolist() == []


def test_no_other_mask_of_an_example_stays_and_none_keeps_its_neighbour_away() -> None:
    house, row, neighbour, other = box(0, 0, 8), box(0, 0, 20), box(10, 10, 8), box(50, 0, 10)
    pool = Pool.of([house, row, neighbour, other], [])
    shown = np.array([True, True, False, False])
    assert pool.free(np.array([0.9, 0.7, 0.6, 0.5]), [house], shown).tolist() == [2, 3]
    assert pool.free(np.array([0.9, 0.7, 0.6, 0.5]), [row], shown).tolist() == [3]


def test_a_mask_that_was_never_said_to_stand_is_refused() -> None:
    pool = Pool.of([box(0, 0, 10)], [])
    with pytest.raises(KeyError):
        pool.free(np.array([0.9]), [box(0, 0, 10)])
