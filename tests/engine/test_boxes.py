"""Boxes of masks, and boxes grown."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.boxes import expanded, tight_box, window_of

edges = st.floats(0, 512)


def test_a_box_grows_by_a_share_of_its_sides() -> None:
    assert expanded(np.array([10.0, 20.0, 30.0, 60.0]), 0.1, 100).tolist() == [8, 16, 32, 64]


@given(edges, edges, edges, edges, st.floats(0, 2))
def test_a_grown_box_holds_the_box_and_stays_in_the_tile(
    a: float, b: float, c: float, d: float, share: float
) -> None:
    box = np.array([min(a, b), min(c, d), max(a, b), max(c, d)])
    grown = expanded(box, share, 512)
    assert (grown[:2] <= box[:2]).all()
    assert (grown[2:] >= box[2:]).all()
    assert (grown >= 0).all()
    assert (grown <= 512).all()


def test_a_tight_box_runs_along_the_outer_edges_of_the_cells() -> None:
    mask = np.zeros((6, 9), bool)
    mask[2, 3] = mask[4, 7] = True
    box = tight_box(mask)
    assert box is not None
    assert box.tolist() == [3, 2, 8, 5]


def test_an_empty_mask_has_no_box() -> None:
    assert tight_box(np.zeros((6, 9), bool)) is None


def test_the_window_of_a_mask_cuts_out_all_of_it_and_no_empty_border() -> None:
    mask = np.random.default_rng(0).random((40, 30)) > 0.99
    window = window_of(mask)
    assert window is not None
    assert mask[window].sum() == mask.sum()
    assert all(mask[window].any(axis=axis)[[0, -1]].all() for axis in (0, 1))
