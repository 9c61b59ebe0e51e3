"""What is alike: learned from few examples against everything else."""

from __future__ import annotations

import numpy as np
import pytest

from training.find.likeness import Background, Masks, Moments, held_out, learn


def masks(count: int, middle: float, seed: int, area: float = 100.0) -> Masks:
    rng = np.random.default_rng(seed)
    features = rng.normal(middle, 1, (count, 6))
    return Masks(features, np.full(count, area), np.full(count, 0.8))


@pytest.fixture
def background() -> Background:
    sums = Moments()
    sums.add(masks(300, 0.0, 0).features)
    return sums.background()


def single(some: Masks) -> list[Masks]:
    return [some.take(slice(row, row + 1)) for row in range(len(some))]


def test_moments_are_the_same_however_the_candidates_come() -> None:
    features = masks(50, 1.0, 3).features
    whole, parts = Moments(), Moments()
    whole.add(features)
    for part in np.array_split(features, 7):
        parts.add(part)
    parts.add(features[:0])
    np.testing.assert_allclose(whole.background().inverse, parts.background().inverse)
    np.testing.assert_allclose(whole.background().mean, features.mean(axis=0))


def test_what_looks_like_the_examples_is_worth_more_than_what_does_not(background: Background) -> None:
    likeness, _ = learn(background, single(masks(5, 3.0, 1)))
    assert likeness(masks(20, 3.0, 2)).min() > likeness(masks(20, 0.0, 3)).max()


def test_a_mean_example_has_looks_of_1(background: Background) -> None:
    examples = masks(5, 3.0, 1)
    likeness, _ = learn(background, single(examples))
    assert likeness.looks(examples).mean() == pytest.approx(1)


def test_masks_of_another_size_are_worth_less(background: Background) -> None:
    likeness, _ = learn(background, single(masks(5, 3.0, 1)))
    alike = masks(10, 3.0, 2)
    large = Masks(alike.features, alike.area * 20, alike.score)
    assert (likeness(alike) > likeness(large)).all()


def test_each_click_means_the_mask_that_is_like_those_of_the_others(background: Background) -> None:
    wanted, parts = masks(6, 3.0, 1), masks(6, 0.0, 2, area=5.0)
    surer = Masks(parts.features, parts.area, np.array([0.9, 0.9, 0.7, 0.7, 0.7, 0.7]))
    options = [Masks.joined([surer.take(np.array([row])), wanted.take(np.array([row]))]) for row in range(5)]
    options.append(wanted.take(np.array([5])))
    _, chosen = learn(background, options)
    assert chosen.tolist() == [1, 1, 1, 1, 1, 0]


def test_an_example_unlike_the_others_is_worth_little_without_its_own_help(background: Background) -> None:
    odd = masks(1, -3.0, 5)
    own = held_out(background, [*single(masks(6, 3.0, 1)), odd])
    assert own.argmin() == 6


def test_a_feature_that_hardly_varies_does_not_outweigh_the_others() -> None:
    sums = Moments()
    features = masks(300, 0.0, 0).features
    features[:, 0] = 0
    sums.add(features)
    examples = masks(5, 3.0, 1)
    likeness, _ = learn(sums.background(), single(examples))
    assert np.isfinite(likeness(examples)).all()
    assert likeness(masks(20, 3.0, 2)).mean() > likeness(masks(20, 0.0, 3)).mean()


def test_what_is_usual_without_some_masks_is_that_of_the_others() -> None:
    rng = np.random.default_rng(3)
    others, gone = rng.normal(size=(400, 6)), rng.normal(loc=4.0, size=(100, 6))
    left, right = Moments(), Moments()
    left.add(np.concatenate([others, gone]))
    right.add(others)
    found, expected = left.background().without(gone, np.ones(100)), right.background()
    np.testing.assert_allclose(found.mean, expected.mean, atol=1e-5)
    np.testing.assert_allclose(found.spread, expected.spread, rtol=1e-4)
    np.testing.assert_allclose(found.correlation, expected.correlation, atol=1e-4)
    assert found.count == 400


def test_a_fifth_of_the_masks_says_what_is_usual_even_if_all_are_likely() -> None:
    features = np.random.default_rng(4).normal(size=(50, 3))
    sums = Moments()
    sums.add(features)
    found = sums.background().without(features, np.ones(50))
    assert found.count == 10
    assert np.isfinite(found.correlation).all()
    np.testing.assert_allclose(found.mean, features.mean(axis=0), atol=1e-6)


def test_nothing_changes_without_likely_masks() -> None:
    sums = Moments()
    sums.add(np.random.default_rng(5).normal(size=(50, 3)))
    before = sums.background()
    after = before.without(np.zeros((2, 3)), np.zeros(2))
    np.testing.assert_allclose(after.correlation, before.correlation, atol=1e-5)
    np.testing.assert_allclose(after.spread, before.spread, rtol=1e-5)
