"""Scores that can be worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from engine.reading.points import load_prompts
from engine.reading.vector import VectorLayer
from engine.scoring import LayerScores, outlined, score, with_reference
from tests.engine.point_layers import GRID, at, layer, reasons


def frame(geometry: list[BaseGeometry | None], **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=32632)


def evaluate(
    polygons: gpd.GeoDataFrame, reference: gpd.GeoDataFrame, points: gpd.GeoDataFrame, seed: int = 0
) -> LayerScores:
    return score(polygons, reference, points, rng=np.random.default_rng(seed))


SQUARES: list[BaseGeometry | None] = [box(0, 0, 10, 10), box(20, 0, 30, 10), box(40, 0, 50, 10)]
CLICKS: list[BaseGeometry | None] = [Point(5, 5), Point(25, 5), Point(45, 5)]


def test_the_reference_itself_scores_one() -> None:
    report = evaluate(frame(SQUARES, prompt_id=[1, 2, 3]), frame(SQUARES), frame(CLICKS))
    assert [m.iou for m in report.matches] == [1, 1, 1]
    assert report.overall.mean_f1 == 1
    assert report.interval == (1, 1)


def test_objects_with_a_reference_are_those_whose_first_click_lies_in_one() -> None:
    clicks = frame([*CLICKS, Point(5, 5)], prompt_id=[3, 3, 7, 8], label=[0, 1, 1, 1])
    nowhere = Polygon([(np.inf, 0), (1, 1), (2, 0)])
    assert with_reference(clicks, frame([SQUARES[0], nowhere, SQUARES[1]])) == {3, 8}
    assert with_reference(clicks, frame([nowhere])) == set()


def test_known_overlaps_give_known_numbers() -> None:
    made = [box(0, 0, 5, 10), box(20, 0, 30, 8), box(40, 0, 52.5, 10)]
    report = evaluate(frame(made, prompt_id=[1, 2, 3]), frame(SQUARES), frame(CLICKS))
    assert [m.iou for m in report.matches] == pytest.approx([0.5, 0.8, 0.8])
    assert [m.f1 for m in report.matches] == pytest.approx([2 / 3, 8 / 9, 8 / 9])
    assert report.overall.mean_iou == pytest.approx(0.7)
    assert report.overall.median_iou == pytest.approx(0.8)
    assert report.overall.share_50 == 1
    assert report.overall.share_75 == pytest.approx(2 / 3)


def test_rejected_and_missing_polygons_count_as_zero() -> None:
    made = frame([SQUARES[0], None], prompt_id=[1, 2], status=["rejected", "rejected"])
    report = evaluate(made, frame(SQUARES), frame(CLICKS))
    assert [(m.iou, m.status) for m in report.matches] == [(0, "rejected"), (0, "rejected"), (0, "missing")]
    assert report.n_without_polygon == 3
    assert report.overall.mean_iou == 0


def test_a_polygon_for_review_counts() -> None:
    made = frame(SQUARES[:1], prompt_id=[1], status=["review"])
    assert evaluate(made, frame(SQUARES), frame(CLICKS[:1])).overall.mean_iou == 1


def test_polygons_are_found_by_prompt_id_whatever_their_order() -> None:
    made = frame(SQUARES[::-1], prompt_id=[30, 20, 10])
    report = evaluate(made, frame(SQUARES), frame(CLICKS, prompt_id=[10, 20, 30]))
    assert [m.iou for m in report.matches] == [1, 1, 1]


def test_a_click_beside_every_reference_is_counted_apart() -> None:
    points = frame([*CLICKS, Point(99, 99)])
    report = evaluate(frame(SQUARES, prompt_id=[1, 2, 3]), frame(SQUARES), points)
    assert (report.n_prompts, report.n_without_reference, report.overall.n) == (4, 1, 3)
    assert report.overall.mean_iou == 1


def test_the_first_positive_click_names_the_reference() -> None:
    points = frame([CLICKS[1], CLICKS[0], CLICKS[2], CLICKS[1]], prompt_id=[1, 1, 1, 2], label=[0, 1, 1, 1])
    report = evaluate(frame(SQUARES[:2], prompt_id=[1, 2]), frame(SQUARES), points)
    assert [m.iou for m in report.matches] == [1, 1]


def test_of_rejected_objects_too_only_a_positive_click_names_a_reference(tmp_path: Path) -> None:
    truth = VectorLayer("truth", frame([at(50, 50).buffer(9)]), ())
    inside, outside = at(50, 50), at(-1, 5)
    found = load_prompts(
        layer(
            tmp_path,
            [at(51, 50), at(50, 51), inside, outside, outside, inside, inside],
            object_id=[1, 2, 3, 3, 4, 4, 5],
            label=["1", "0", "0", "1", "1", "0", "what"],
        ),
        GRID,
    )
    assert list(reasons(found)) == [2, 3, 4, 5]
    assert outlined(found, GRID, truth) == {1}
    seen = load_prompts(layer(tmp_path, [inside], "on.gpkg"), GRID, valid_at=lambda xy: xy[:, 0] < 0)
    assert reasons(seen) == {1: "on nodata"}
    assert outlined(seen, GRID, truth) == {1}


@pytest.mark.parametrize("data", [True, False])
def test_a_box_without_a_click_names_no_reference(tmp_path: Path, data: bool) -> None:
    boxes = layer(tmp_path, [at(50, 50).buffer(8)], "boxes.gpkg", n=[1])
    found = load_prompts(None, GRID, boxes=boxes, valid_at=lambda xy: np.full(len(xy), data))
    assert len(found.prompts if data else found.rejected) == 1
    assert not outlined(found, GRID, VectorLayer("truth", frame([at(50, 50).buffer(9)]), ()))


def test_of_nested_references_the_clicks_class_decides_then_the_size() -> None:
    roof, panel = box(0, 0, 10, 10), box(4, 4, 6, 6)
    reference = frame([roof, panel], **{"CLASS": ["roof", "panel"]})
    made = frame([roof, panel, panel], prompt_id=[1, 2, 3])
    points = frame([Point(5, 5)] * 3, **{"class": ["roof", "panel", None]})
    report = evaluate(made, reference, points)
    assert [m.iou for m in report.matches] == [1, 1, 1]
    assert [m.class_name for m in report.matches] == ["roof", "panel", "panel"]
    assert report.n_shared_reference == 1


def test_each_class_has_its_own_means() -> None:
    reference = frame(SQUARES, **{"class": ["roof", "tank", "roof"]})
    made = frame([SQUARES[0], SQUARES[1], box(40, 0, 45, 10)], prompt_id=[1, 2, 3])
    report = evaluate(made, reference, frame(CLICKS))
    assert {name: (s.n, s.mean_iou) for name, s in report.by_class.items()} == {
        "roof": (2, 0.75),
        "tank": (1, 1.0),
    }


def test_layers_in_other_crs_are_brought_together() -> None:
    shift = [500_000, 5_200_000]
    moved = [Polygon(np.array(shape.exterior.coords) + shift) for shape in (box(0, 0, 10, 10),)]
    click = Point(500_005, 5_200_005)
    report = evaluate(
        frame(list(moved), prompt_id=[1]),
        frame(list(moved)).to_crs(3857),
        frame([click]).to_crs(4326),
    )
    assert report.overall.mean_iou == pytest.approx(1, abs=1e-5)


def test_an_invalid_reference_does_not_stop_the_evaluation() -> None:
    bow_tie = Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    report = evaluate(frame([bow_tie], prompt_id=[1]), frame([bow_tie]), frame([Point(2, 5)]))
    assert report.overall.mean_iou == pytest.approx(1)


def test_rotated_boxes_are_compared_with_those_of_the_reference() -> None:
    ship = Polygon([(0, 0), (30, 0), (40, 5), (30, 10), (0, 10)])
    made, truth, clicks = frame([box(0, 0, 40, 10)], prompt_id=[1]), frame([ship]), frame([Point(10, 5)])
    assert evaluate(made, truth, clicks).overall.mean_iou == pytest.approx(ship.area / 400)
    boxes = score(made, truth, clicks, rng=np.random.default_rng(0), boxes=True)
    assert boxes.overall.mean_iou == pytest.approx(1)
    # Whether a click lies in an object, its outline says: this one is in the box alone.
    beside = score(made, truth, frame([Point(39, 1)]), rng=np.random.default_rng(0), boxes=True)
    assert (beside.n_without_reference, beside.overall.n) == (1, 0)


def test_nothing_to_score_is_reported_as_none() -> None:
    report = evaluate(frame(SQUARES, prompt_id=[1, 2, 3]), frame(SQUARES), frame([Point(99, 99)]))
    assert report.overall.mean_iou is None
    assert report.interval is None
    assert json.loads(json.dumps(report.to_dict()))["overall"]["n"] == 0


def test_a_report_survives_json() -> None:
    made = frame([SQUARES[0], None], prompt_id=[1, 2], status=["accepted", "rejected"])
    report = evaluate(made, frame(SQUARES, **{"class": list("aab")}), frame(CLICKS))
    back = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert back["matches"][1] == {"prompt_id": 2, "class_name": "a", "iou": 0, "f1": 0, "status": "rejected"}
    assert back["by_class"]["a"]["n"] == 2


@settings(max_examples=20, deadline=None)
@given(st.floats(0.5, 15), st.floats(0.5, 15))
def test_f1_follows_from_iou(width: float, height: float) -> None:
    report = evaluate(frame([box(0, 0, width, height)], prompt_id=[1]), frame(SQUARES), frame(CLICKS[:1]))
    (match,) = report.matches
    assert match.f1 == pytest.approx(2 * match.iou / (1 + match.iou))
