"""Scenes that are drawn by name alone: dense quarters and large halls."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from training.scenes import canopy, generate, quarters, recipes
from training.scenes.canvas import Canvas, Sun, plain
from training.scenes.frame import Pose, rectangle
from training.scenes.quarters import Building


def canvas(size: int = 128, gsd: float = 0.5) -> Canvas:
    return Canvas(np.random.default_rng(0), size, gsd, Sun(azimuth=0.0, length=1.0, depth=0.5))


@pytest.mark.parametrize("domain", ["mixed", "optical", "roofs"])
def test_no_other_domain_draws_what_is_drawn_by_name_alone(
    domain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(canvas: Canvas) -> None:
        raise AssertionError("drawn without being named")

    monkeypatch.setattr(recipes, "_BY_NAME", dict.fromkeys(recipes._BY_NAME, never))
    for seed in range(12):
        generate(np.random.default_rng(seed), 64, domain=domain)


@pytest.mark.parametrize("domain", ["quarters", "works"])
def test_they_show_roofs_and_many_of_them_touch(domain: str) -> None:
    touching = 0
    for seed in range(6):
        made = generate(np.random.default_rng(seed), 192, domain=domain)
        assert "roof" in made.classes
        ids = made.instances
        for a, b in ((ids[:, 1:], ids[:, :-1]), (ids[1:], ids[:-1])):
            touching += int(((a != b) & (a > 0) & (b > 0)).sum())
    assert touching > 50


def test_halls_fill_much_of_a_sheet() -> None:
    scenes = [generate(np.random.default_rng(seed), 128, domain="works") for seed in range(8)]
    largest = [np.bincount(made.instances.ravel())[1:].max() / made.instances.size for made in scenes]
    assert max(largest) > 0.15


def test_a_chain_leaves_no_gap_between_its_buildings() -> None:
    sheet = canvas()
    chain = quarters._chain(sheet, Pose(64, 64), 100, 12, [quarters.roofs.cover(sheet)])
    ends = [(b.pose.x - b.length / 2, b.pose.x + b.length / 2) for b in chain]
    assert len(chain) > 3
    assert ends[0][0] == pytest.approx(14)
    assert ends[-1][1] == pytest.approx(114)
    assert all(left[1] == pytest.approx(right[0]) for left, right in pairwise(ends))


def test_a_high_building_shades_the_roof_of_a_low_one() -> None:
    sheet = canvas()
    paint = quarters._flat(plain((0.5, 0.5, 0.5)), parapet=False)
    low = Building(Pose(70, 64), 10, 10, 4, paint)
    high = Building(Pose(60, 64), 10, 10, 30, paint)
    for building in (low, high):
        building.paint(sheet, building)
    assert sheet.shade[60:68, 67:73].mean() > 0.9
    assert sheet.shade[60:68, 57:63].mean() < 0.1


def test_overhanging_trees_hide_roofs_and_are_no_objects() -> None:
    sheet = canvas()
    roof = sheet.add("roof")
    sheet.fill(Pose(64, 64)(rectangle(60, 60)), plain((0.5, 0.5, 0.5)), roof)
    before, image = sheet.instances.copy(), sheet.image.copy()
    canopy.overhang(sheet, np.array([[34.0, 64.0]]), 6.0)
    assert sheet.classes == ["roof"]
    assert np.array_equal(sheet.instances, before)
    assert not np.array_equal(sheet.image, image)


def test_half_of_the_trees_stand_where_objects_end() -> None:
    sheet = canvas()
    sheet.fill(Pose(64, 64)(rectangle(40, 40)), plain((0.5, 0.5, 0.5)), sheet.add("roof"))
    places = canopy.somewhere(sheet, 40)[:20] - 64
    assert (np.abs(np.abs(places).max(axis=1) - 20) <= 2).all()
