"""Which finds to accept, by their probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from training.find.calibration import best_threshold, default_threshold, threshold_for


def test_the_best_threshold_has_the_highest_f1_to_expect() -> None:
    p = np.array([0.9, 0.8, 0.7, 0.1, 0.1])
    found = best_threshold(p)
    expected = {t: 2 * p[p >= t].sum() / ((p >= t).sum() + p.sum()) for t in p}
    assert expected[found] == max(expected.values())
    assert found == pytest.approx(0.7)


def test_what_is_likelier_wrong_than_right_is_not_accepted_by_default() -> None:
    p = np.array([0.6, 0.4, 0.4, 0.4, 0.3, 0.3])
    assert best_threshold(p) < 0.5
    assert default_threshold(p) == 0.5
    sure = np.array([0.9, 0.8, 0.7, 0.1, 0.1])
    assert default_threshold(sure) == best_threshold(sure)


def test_a_precision_is_reached_by_the_mean_of_what_is_accepted() -> None:
    p = np.array([0.95, 0.9, 0.85, 0.2])
    found = threshold_for(p, 0.9)
    assert p[p >= found].mean() == pytest.approx(0.9)
    assert found == pytest.approx(0.85)


def test_where_no_find_is_sure_enough_none_is_accepted() -> None:
    assert threshold_for(np.array([0.6, 0.5]), 0.9) == 1.0


def test_without_finds_there_is_a_threshold_all_the_same() -> None:
    assert best_threshold(np.zeros(0)) == 0.5
