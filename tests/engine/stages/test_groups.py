"""Which boxes must be worked through together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.stages import groups as module
from engine.stages.groups import groups, near_pairs, packed

coordinates = arrays(
    np.float64, st.tuples(st.integers(0, 30), st.just(4)), elements=st.floats(0, 60, width=32)
)


def boxes_of(numbers: np.ndarray) -> np.ndarray:
    """(n, 4) boxes with a corner and sides of up to 6."""
    return np.concatenate([numbers[:, :2], numbers[:, :2] + numbers[:, 2:] / 10], axis=1)


def near(one: np.ndarray, other: np.ndarray, distance: float) -> bool:
    return bool((one[:2] <= other[2:] + distance).all() and (other[:2] <= one[2:] + distance).all())


@pytest.mark.parametrize("strip", [1, 3, 100])
@settings(max_examples=60, deadline=None)
@given(numbers=coordinates, distance=st.sampled_from([0.0, 1.5]))
def test_every_pair_of_near_boxes_is_found_and_no_other(
    strip: int, numbers: np.ndarray, distance: float
) -> None:
    boxes = boxes_of(numbers)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_STRIP", strip)
        found = {tuple(sorted(pair)) for some in near_pairs(boxes, distance) for pair in some.T.tolist()}
    expected = {(a, b) for b in range(len(boxes)) for a in range(b) if near(boxes[a], boxes[b], distance)}
    assert found == expected


@settings(max_examples=60, deadline=None)
@given(numbers=coordinates)
def test_near_rows_are_in_one_group_and_groups_are_no_larger(numbers: np.ndarray) -> None:
    boxes = boxes_of(numbers)
    labels = groups(boxes, 1.0, np.arange(len(boxes)), len(boxes))
    reached = np.array([[near(a, b, 1.0) for b in boxes] for a in boxes], dtype=bool)
    reached = reached.reshape(len(boxes), len(boxes))
    for _ in boxes:
        reached = reached @ reached
    assert ((labels[:, None] == labels) == (reached | np.eye(len(boxes), dtype=bool))).all()


def test_a_row_is_wherever_one_of_its_boxes_is() -> None:
    boxes = np.array([[0, 0, 1, 1], [9, 9, 10, 10], [50, 50, 51, 51], [9, 9, 9, 9], [np.nan] * 4])
    assert groups(boxes, 0.5, np.array([0, 1, 2, 0, 3]), 5).tolist() == [0, 0, 1, 2, 3]


@settings(max_examples=60, deadline=None)
@given(labels=arrays(np.int64, st.integers(0, 40), elements=st.integers(0, 12)), most=st.integers(1, 9))
def test_parts_hold_whole_groups_and_every_row_once(labels: np.ndarray, most: int) -> None:
    labels = np.unique(labels, return_inverse=True)[1]
    parts = packed(labels, np.arange(len(labels)), most)
    assert sorted(row for part in parts for row in part.tolist()) == list(range(len(labels)))
    assert all((np.diff(part) > 0).all() for part in parts)
    owners = [set(labels[part].tolist()) for part in parts]
    assert sum(map(len, owners)) == len(set(labels.tolist()))
    assert all(len(part) >= most for part in parts[:-1])
    largest = max(np.bincount(labels).tolist(), default=0)
    assert all(len(part) < most + largest for part in parts)
