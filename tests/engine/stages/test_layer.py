"""Segments become one clean row per object, or a stated reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box

from engine import overlay
from engine.config import PolygonConfig
from engine.grid import RasterGrid
from engine.reading.points import Prompt, PromptSet, Rejected
from engine.stages.layer import KEPT, NOTHING_FOUND, SHARES, SWALLOWED, TOO_SMALL, Provenance, assemble
from engine.writing.output import FIELDS
from tests.attacks.test_crowds import PLACES, crowd
from tests.engine.point_layers import GRID
from tests.engine.stages.layers import EXACT, ORIGIN, PIXEL_AREA, layer, one, ragged, segment, world_box
from tests.fakes import click, no_rows
from tests.rasters import SHEARED, UTM, affines


def test_a_row_says_everything_about_its_object() -> None:
    prompt = Prompt(
        4, np.array([[10.0, 10], [12, 12], [40, 40]]), np.array([1, 1, 0]), None, {"class": "roof", "use": 3}
    )
    provenance = Provenance("nano", "adapters/bozen", 0.5)
    row = layer([segment(4, box(5, 5, 25, 15), 0.7)], [prompt], provenance=provenance).iloc[0]
    assert row.geometry.equals(world_box(5, 5, 25, 15))
    assert (row.prompt_id, row["class"], row.use, row.status) == (4, "roof", 3, "accepted")
    assert (row.score, row.stability, row.entropy) == (0.7, 0.8, 0.1)
    assert (row.n_pos, row.n_neg, row.model, row.adapter) == (2, 1, "nano", "adapters/bozen")
    assert row.area_m2 == pytest.approx(200 * PIXEL_AREA, rel=1e-3)
    assert row.perimeter_m == pytest.approx(60 * 2, rel=1e-3)
    assert row.reason is None or row.reason != row.reason


def test_the_layer_has_the_rasters_crs_and_the_documented_fields() -> None:
    frame = layer([segment(1, box(5, 5, 25, 15))], [click(1, (10.0, 10.0))])
    assert frame.crs == UTM
    assert list(frame.columns)[: len(FIELDS)] == list(FIELDS)


def test_every_prompt_has_one_row_in_the_order_of_the_input() -> None:
    prompts = [click(1, (10.0, 10.0)), click(3, (50.0, 10.0)), click(4, (80.0, 10.0))]
    segments = [
        segment(4, box(70, 5, 90, 15)),
        segment(1, box(5, 5, 20, 15)),
        segment(3, Polygon()),
    ]
    rejected = (
        Rejected(5, "on nodata", np.empty((0, 2)), {"use": "x"}),
        Rejected(2, "outside the raster", np.empty((0, 2))),
    )
    frame = layer(segments, prompts, rejected=rejected)
    assert frame["prompt_id"].tolist() == [1, 2, 3, 4, 5]
    assert frame["status"].tolist() == ["accepted", "rejected", "rejected", "accepted", "rejected"]
    assert frame["reason"].tolist()[1] == "outside the raster"
    assert frame["reason"].tolist()[2] == NOTHING_FOUND
    assert frame["use"].tolist()[4] == "x"


def test_what_was_not_found_is_not_called_too_small() -> None:
    assert one(Polygon(), PolygonConfig(min_area_m2=10)).reason == NOTHING_FOUND


def test_a_segment_that_came_twice_counts_once() -> None:
    frame = layer([segment(1, box(5, 5, 10, 10)), segment(1, box(5, 5, 20, 15))], [click(1, (10.0, 10.0))])
    assert len(frame) == 1
    assert frame.geometry.iloc[0].equals(world_box(5, 5, 20, 15))


def test_rejected_rows_carry_no_geometry_but_what_was_measured() -> None:
    row = one(Polygon(), score=0.3)
    assert row.geometry is None
    assert (row.status, row.reason, row.score, row.n_pos) == ("rejected", NOTHING_FOUND, 0.3, 1)


@pytest.mark.parametrize(("limit", "status"), [(0.0, "accepted"), (799.0, "accepted"), (801.0, "rejected")])
def test_the_minimum_area_is_in_square_metres(limit: float, status: str) -> None:
    row = one(box(5, 5, 25, 15), PolygonConfig(simplify_px=0, min_area_m2=limit))
    assert row.status == status
    assert (row.reason == TOO_SMALL) == (status == "rejected")
    assert (row.geometry is None) == (status == "rejected")


def test_what_is_too_small_to_be_kept_leaves_no_hole_in_others() -> None:
    segments = [segment(1, box(5, 5, 45, 45), 0.6), segment(2, box(20, 20, 28, 28), 0.9)]
    prompts = [click(1, (10.0, 10.0)), click(2, (24.0, 24.0))]
    kept = layer(segments, prompts, PolygonConfig(simplify_px=0, min_area_m2=60 * PIXEL_AREA))
    assert kept["status"].tolist() == ["accepted", "accepted"]
    assert len(kept.geometry[0].interiors) == 1
    frame = layer(segments, prompts, PolygonConfig(simplify_px=0, min_area_m2=70 * PIXEL_AREA))
    assert frame["status"].tolist() == ["accepted", "rejected"]
    assert frame["reason"].tolist()[1] == TOO_SMALL
    assert frame.geometry[0].equals(world_box(5, 5, 45, 45))


@pytest.mark.parametrize(
    ("score", "status"), [(0.49, "review"), (0.5, "accepted"), (0.0, "review"), (1.0, "accepted")]
)
def test_a_low_score_is_put_up_for_review_with_its_polygon(score: float, status: str) -> None:
    row = one(box(5, 5, 25, 15), score=score)
    assert row.status == status
    assert not row.geometry.is_empty


def test_an_object_that_no_window_holds_is_kept_and_says_so() -> None:
    row = one(box(5, 5, 25, 15), cut=True)
    assert row.status == "accepted"
    assert "edge of the largest window" in row.reason


def test_pinholes_are_filled_and_specks_dropped() -> None:
    ring = box(5, 5, 25, 25).difference(box(10, 10, 13, 15)).difference(box(18, 18, 22, 22.5))
    row = one(MultiPolygon([ring, box(40, 40, 41.5, 41.5)]))
    assert row.geometry.geom_type == "Polygon"
    assert len(row.geometry.interiors) == 1
    assert row.geometry.area == pytest.approx((400 - 4 * 4.5) * PIXEL_AREA)


def test_an_object_of_specks_alone_counts_as_not_found() -> None:
    assert one(box(10, 10, 11, 11)).reason == NOTHING_FOUND


def test_the_better_score_keeps_what_two_share() -> None:
    prompts = [click(1, (10.0, 10.0)), click(2, (40.0, 10.0))]
    left, right = box(0, 0, 30, 20), box(20, 0, 50, 20)
    for scores, areas in (((0.9, 0.6), (600, 400)), ((0.6, 0.9), (400, 600))):
        frame = layer([segment(1, left, scores[0]), segment(2, right, scores[1])], prompts)
        assert frame.geometry.area.tolist() == pytest.approx([area * PIXEL_AREA for area in areas])
        assert frame["score"].tolist() == list(scores), "yielding does not change the score"


def test_the_models_own_score_decides_who_keeps_it_where_scores_are_calibrated() -> None:
    prompts = [click(1, (10.0, 10.0)), click(2, (40.0, 10.0))]
    shapes = box(0, 0, 30, 20), box(20, 0, 50, 20)
    claims = ((0.9, 0.6), (600, 400)), ((0.6, 0.9), (400, 600))
    for said, areas in claims:
        parts = zip((1, 2), shapes, said, strict=True)
        found = [replace(segment(number, shape, 0.7), claim=claim) for number, shape, claim in parts]
        frame = layer(found, prompts)
        assert frame.geometry.area.tolist() == pytest.approx([area * PIXEL_AREA for area in areas])
        assert frame["score"].tolist() == [0.7, 0.7]


def test_overlaps_stay_where_they_are_allowed() -> None:
    prompts = [click(1, (10.0, 10.0)), click(2, (40.0, 10.0))]
    segments = [segment(1, box(0, 0, 30, 20)), segment(2, box(20, 0, 50, 20))]
    frame = layer(segments, prompts, PolygonConfig(simplify_px=0, no_overlap=False))
    assert frame.geometry.area.tolist() == pytest.approx([600 * PIXEL_AREA] * 2)


def test_a_polygon_over_anothers_click_yields_whatever_its_score() -> None:
    block, house = box(0, 0, 60, 40), box(30, 10, 50, 30)
    prompts = [click(1, (10.0, 10.0)), click(2, (40.0, 20.0))]
    frame = layer([segment(1, block, 0.95), segment(2, house, 0.2)], prompts)
    assert frame.geometry.iloc[1].equals(world_box(30, 10, 50, 30))
    assert frame.geometry.iloc[0].area == pytest.approx((2400 - 400) * PIXEL_AREA)


def test_two_polygons_over_each_others_clicks_share_by_score() -> None:
    prompts = [click(1, (10.0, 10.0)), click(2, (40.0, 10.0))]
    segments = [segment(1, box(0, 0, 45, 20), 0.6), segment(2, box(5, 0, 50, 20), 0.7)]
    frame = layer(segments, prompts)
    assert frame.geometry.area.tolist() == pytest.approx([5 * 20 * PIXEL_AREA, 45 * 20 * PIXEL_AREA])


def test_an_objects_own_clicks_are_no_reason_to_yield() -> None:
    prompts = [click(1, (10.0, 10.0), (25.0, 10.0)), click(2, (40.0, 10.0))]
    segments = [segment(1, box(0, 0, 30, 20), 0.9), segment(2, box(20, 0, 50, 20), 0.8)]
    frame = layer(segments, prompts)
    assert frame.geometry.iloc[0].area == pytest.approx(600 * PIXEL_AREA)


def test_a_negative_click_of_another_object_is_no_reason_to_yield() -> None:
    other = Prompt(2, np.array([[40.0, 10.0], [10.0, 12.0]]), np.array([1, 0]))
    segments = [segment(1, box(0, 0, 30, 20), 0.9), segment(2, box(20, 0, 50, 20), 0.8)]
    frame = layer(segments, [click(1, (10.0, 10.0)), other])
    assert frame.geometry.iloc[0].area == pytest.approx(600 * PIXEL_AREA)


def test_an_object_inside_better_ones_is_rejected_with_the_reason() -> None:
    prompts = [click(1, (10.0, 10.0)), click(2, (12.0, 12.0))]
    frame = layer([segment(1, box(5, 5, 20, 20), 0.3), segment(2, box(0, 0, 30, 30), 0.9)], prompts)
    # Each holds the other's click, so the score decides.
    assert frame["status"].tolist() == ["rejected", "accepted"]
    assert frame["reason"].tolist()[0] == SWALLOWED
    assert frame.geometry.iloc[0] is None


def test_box_prompts_without_clicks_make_rows_too() -> None:
    prompts = [click(1, box=(5, 5, 20, 20)), click(2, box=(30, 5, 45, 20))]
    frame = layer([segment(1, box(5, 5, 20, 20)), segment(2, box(30, 5, 45, 20))], prompts)
    assert frame["status"].tolist() == ["accepted", "accepted"]
    assert frame["n_pos"].tolist() == [0, 0]


def test_without_any_segment_the_rejected_objects_remain() -> None:
    frame = layer([], [], rejected=(Rejected(1, "on nodata", np.empty((0, 2))),))
    assert frame["status"].tolist() == ["rejected"]


def test_simplifying_is_counted_in_raster_pixels() -> None:
    rough = ragged(5, 5, 35, 25)
    exact, simple = one(rough), one(rough, PolygonConfig(simplify_px=1.5))
    assert shapely.get_num_coordinates(simple.geometry) < shapely.get_num_coordinates(exact.geometry) / 4
    assert simple.geometry.hausdorff_distance(exact.geometry) <= 1.5 * 2 + 1e-6
    assert shapely.get_num_coordinates(one(rough, PolygonConfig(simplify_px=0.2)).geometry) == (
        shapely.get_num_coordinates(exact.geometry)
    )


def test_no_sliver_remains_of_what_overlap_removal_cuts() -> None:
    # The block would keep a strip a tenth of a pixel wide above the house, besides its real part.
    prompts = [click(1, (10.0, 10.0)), click(2, (40.0, 20.0))]
    segments = [segment(1, box(0, 0, 60, 30), 0.9), segment(2, box(20, 0.1, 60, 30), 0.8)]
    frame = layer(segments, prompts)
    assert frame.geometry.iloc[0].bounds == pytest.approx(world_box(0, 0, 20, 30).bounds, abs=0.01)


def test_an_object_of_which_only_slivers_remain_is_rejected() -> None:
    prompts = [click(1, (10.0, 10.0)), click(2, (10.0, 11.0))]
    segments = [segment(1, box(0, 0, 20, 20), 0.3), segment(2, box(0.05, 0.05, 20, 19.95), 0.9)]
    frame = layer(segments, prompts)
    assert frame["status"].tolist() == ["rejected", "accepted"]
    assert frame["reason"].tolist()[0] == SWALLOWED


blobs = st.builds(
    lambda x, y, w, h, turn: shapely.affinity.rotate(box(x, y, x + w, y + h), turn),
    st.floats(0, 60),
    st.floats(0, 60),
    st.floats(4, 40),
    st.floats(4, 40),
    st.floats(0, 90),
)


@settings(max_examples=20)
@given(
    shapes=st.lists(st.tuples(blobs, st.floats(0, 1)), min_size=2, max_size=6),
    options=st.sampled_from([PolygonConfig(), EXACT, PolygonConfig(simplify_px=3)]),
    transform=st.one_of(st.just(SHEARED), affines(max_offset=1e6)),
)
def test_no_two_accepted_polygons_overlap(shapes: list, options: PolygonConfig, transform: Any) -> None:
    prompts = [click(k, (shape.centroid.x, shape.centroid.y)) for k, (shape, _) in enumerate(shapes, 1)]
    segments = [segment(k, shape, score) for k, (shape, score) in enumerate(shapes, 1)]
    grid = RasterGrid(100, 100, transform, None)
    frame = layer(segments, prompts, options, grid=grid)
    assert len(frame) == len(shapes)
    kept = frame[frame["status"] != "rejected"].geometry
    assert kept.is_valid.all()
    assert not kept.is_empty.any()
    pixel = grid.pixel_size**2
    for first in range(len(kept)):
        for second in range(first):
            assert kept.iloc[first].intersection(kept.iloc[second]).area < 1e-6 * max(pixel, 1)
    assert frame.loc[frame["status"] == "rejected", "reason"].notna().all()


def test_an_outline_that_no_library_can_clean_stays_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlay, "attempt", lambda operation, *shapes: None)
    monkeypatch.setattr(overlay, "attempt_rows", no_rows)
    row = one(box(5, 5, 25, 15))
    assert row.geometry.equals(world_box(5, 5, 25, 15))
    assert (row.status, row.reason) == ("accepted", KEPT)


def test_polygons_that_no_library_can_take_apart_stay_and_the_worse_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(overlay, "difference", lambda one, other: None)
    monkeypatch.setattr(overlay, "attempt_rows", no_rows)
    prompts = [click(1, (10.0, 10.0)), click(2, (40.0, 10.0))]
    frame = layer([segment(1, box(0, 0, 30, 20), 0.9), segment(2, box(20, 0, 50, 20), 0.8)], prompts)
    assert frame["reason"].isna().tolist() == [True, False]
    assert frame["reason"][1] == SHARES
    assert frame.geometry[1].equals(world_box(20, 0, 50, 20))


@pytest.mark.parametrize("options", [PolygonConfig(), EXACT, PolygonConfig(shape="right-angled")])
def test_what_lies_far_off_on_a_neighbour_changes_nothing(options: PolygonConfig) -> None:
    """The plugin leaves out what lies farther off than twice the object's longer side."""
    turns = np.linspace(0, 2 * np.pi, 3000, endpoint=False)
    lake = np.column_stack([np.cos(turns), np.sin(turns)]) * (300 + np.sin(40 * turns))[:, None]
    for gap in (-3.0, 0.7, 1.3):  # It overlaps, or leaves a gap that is closed.
        world = Polygon(GRID.to_world(lake + np.array([330.0 + gap, 40.0])))
        near = box(*world_box(-50, -30, 80, 100).bounds)
        found = [
            assemble(
                [segment(1, ragged(10, 25, 30, 45))],
                PromptSet((click(1, (20.0, 35.0)),), (), (), ()),
                GRID,
                options,
                ORIGIN,
                beside,
            ).geometry.iloc[0]
            for beside in ([], [world], [world & near])
        ]
        assert not found[0].equals(found[1]), gap
        assert found[1].wkb == found[2].wkb, gap


def test_an_outline_that_was_not_cut_along_the_datas_edge_says_so() -> None:
    assert one(box(5, 5, 25, 15), rough=True).reason == KEPT


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), place=st.sampled_from(sorted(PLACES)))
def test_rows_taken_together_come_out_as_each_one_alone(seed: int, place: str) -> None:
    segments, prompts = crowd(np.random.default_rng(seed), 40)
    grid = RasterGrid(8000, 8000, PLACES[place], None)
    for options in (PolygonConfig(), EXACT):
        together = assemble(segments, prompts, grid, options, ORIGIN)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(overlay, "attempt_rows", no_rows)
            alone = assemble(segments, prompts, grid, options, ORIGIN)
        assert together.geometry.to_wkb().tolist() == alone.geometry.to_wkb().tolist()
        assert together.drop(columns="geometry").equals(alone.drop(columns="geometry"))
