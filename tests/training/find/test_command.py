"""``find``: everything that is like the examples, once and whole, and nothing that was ruled out."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from geopandas.testing import assert_geodataframe_equal
from rasterio.windows import Window

from tests.fakes import FakeSegmenter
from tests.rasters import NORTH_UP, UTM, write_raster
from tests.training.find.scene import (
    BLUE,
    CORNERS,
    GRID,
    HEIGHT,
    RED,
    SIDE,
    WIDTH,
    arguments,
    clicks,
    found,
    layer,
    square,
    squares_of,
)
from tests.training.find.scene import folder as folder
from tests.training.find.scene import model as model
from training.adapt import recipe
from training.adapt.options import RunOptions
from training.adapt.recipe import AdaptResult
from training.adapt.sources import TrainRequest
from training.find import command

pytestmark = pytest.mark.usefixtures("model")
Captured = pytest.CaptureFixture[str]


def run_of(folder: Path) -> dict[str, Any]:
    """The record of the run."""
    with sqlite3.connect(folder / "found.gpkg") as database:
        (text,) = database.execute("select run from resam_run").fetchone()
    record: dict[str, Any] = json.loads(text)
    return record


def test_every_object_like_the_clicked_ones_is_found_once_and_whole_across_seams(folder: Path) -> None:
    assert command.main(arguments(folder)) == 0
    frame = found(folder)
    assert squares_of(frame, RED) == [1] * len(RED)
    assert squares_of(frame[frame["status"] == "accepted"], BLUE) == [0] * len(BLUE)


def test_clicked_objects_come_first_and_are_accepted(folder: Path) -> None:
    assert command.main(arguments(folder)) == 0
    frame = found(folder)
    assert squares_of(frame.iloc[:5], RED[:5]) == [1] * 5
    assert (frame["status"].iloc[:5] == "accepted").all()
    assert frame["n_pos"].tolist() == [1] * 5 + [0] * (len(frame) - 5)


def test_one_example_finds_others_and_the_run_says_that_it_is_few(folder: Path, capsys: Captured) -> None:
    layer(folder / "one.gpkg", clicks(RED[7:8]))
    assert command.main(arguments(folder, points="one.gpkg")) == 0
    assert sum(squares_of(found(folder), RED)) > 5
    said = capsys.readouterr().err
    assert "1 example(s): the scores are rough" in said
    assert "masks to compare with: the scores are rough" in said


def test_where_no_find_is_sure_enough_the_run_says_that_all_are_to_review(
    folder: Path, capsys: Captured
) -> None:
    assert command.main(arguments(folder, "--target", "precision=0.9999")) == 0
    frame = found(folder)
    waiting = int((frame["status"] == "review").sum())
    assert waiting == len(frame) - 5
    assert f"all {waiting} are to review" in capsys.readouterr().err


def test_the_run_says_how_many_are_expected_to_be_right(folder: Path, capsys: Captured) -> None:
    assert command.main([*arguments(folder), "--json"]) == 0
    done = json.loads(capsys.readouterr().out.splitlines()[-1])
    frame = found(folder)
    finds = frame[(frame["n_pos"] == 0) & (frame["status"] == "accepted")]
    assert f"about {finds['score'].sum():.0f} should be right" in done["text"]
    assert run_of(folder)["find"]["expected"] == pytest.approx(finds["score"].sum())


def test_a_program_is_told_of_finds_as_they_are_outlined(folder: Path, capsys: Captured) -> None:
    assert command.main([*arguments(folder), "--json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    names = [event["event"] for event in events]
    frame = found(folder)
    finds = frame[frame["n_pos"] == 0].set_index("prompt_id")
    (said,) = (event for event in events if event["event"] == "found")
    assert said["finds"] == len(finds)
    assert said["best"] == pytest.approx(finds["score"].max())
    assert ((finds["score"] >= said["threshold"]) == (finds["status"] == "accepted")).all()
    assert names.index("found") < names.index("outlined") < len(names) - 2, "before the run is done"
    assert names.count("outlined") > 1
    told = [one for event in events if event["event"] == "outlined" for one in event["features"]]
    assert sorted(one["properties"]["prompt_id"] for one in told) == sorted(finds.index)
    for one in told:
        row, shape = finds.loc[one["properties"]["prompt_id"]], shapely.geometry.shape(one["geometry"])
        assert one["properties"]["score"] == pytest.approx(row["score"])
        assert one["properties"]["status"] == row["status"]
        assert shape.intersection(row.geometry).area >= 0.99 * row.geometry.area


def test_a_person_is_told_no_outlines(folder: Path, capsys: Captured) -> None:
    assert command.main(arguments(folder)) == 0
    assert "outlined" not in capsys.readouterr().err


def test_nothing_is_found_where_a_negative_click_lies(folder: Path, capsys: Captured) -> None:
    layer(folder / "no.gpkg", [*clicks(RED[10:12]), shapely.Point(0, 0)])
    assert command.main(arguments(folder, "--not", str(folder / "no.gpkg"))) == 0
    assert squares_of(found(folder), RED[9:13]) == [1, 0, 0, 1]
    assert "no.gpkg: 1 place(s) left out, outside the raster" in capsys.readouterr().err


def test_clicks_with_label_0_are_negative(folder: Path) -> None:
    layer(folder / "both.gpkg", clicks([*RED[:5], RED[10]]), label=[1] * 5 + [0])
    assert command.main(arguments(folder, points="both.gpkg")) == 0
    assert squares_of(found(folder), RED[9:12]) == [1, 0, 1]


def test_rejected_polygons_stay_away_and_accepted_ones_come_back_as_they_were(folder: Path) -> None:
    shapes = [square(corner, shrink=1) for corner in (*RED[:5], *RED[10:12])]
    status = ["accepted"] * 5 + ["rejected"] * 2
    layer(folder / "earlier.gpkg", shapes, status=status, note=list("abcdefg"))
    assert command.main(arguments(folder, "--polygons", str(folder / "earlier.gpkg"), points=None)) == 0
    frame = found(folder)
    assert squares_of(frame, RED[9:13]) == [1, 0, 0, 1]
    standing = frame[frame["note"].notna()]
    assert standing["note"].tolist() == list("abcde")
    assert all(one.equals(other) for one, other in zip(standing.geometry, shapes[:5], strict=True))


def test_a_clicked_object_whose_polygon_stands_already_comes_once(folder: Path, capsys: Captured) -> None:
    shapes = [square(corner, shrink=1) for corner in RED[:4]]
    layer(folder / "earlier.gpkg", shapes)
    assert command.main(arguments(folder, "--polygons", str(folder / "earlier.gpkg"))) == 0
    frame = found(folder)
    assert [int(frame.geometry.intersects(square(corner)).sum()) for corner in RED] == [1] * len(RED)
    assert frame["n_pos"].tolist().count(1) == 1
    assert "its polygons stand for 4 clicked object(s)" in capsys.readouterr().err


def test_nothing_outside_the_area_is_found(folder: Path) -> None:
    left = shapely.union_all([square(corner) for corner in CORNERS if corner[0] < 80]).envelope
    layer(folder / "zone.gpkg", [left])
    assert command.main(arguments(folder, "--area", str(folder / "zone.gpkg"))) == 0
    new = found(folder).iloc[5:]
    assert new.within(left.buffer(1)).all()
    sure = new[new["status"] == "accepted"]
    assert squares_of(sure, [c for c in RED[5:] if c[0] < 80]).count(1) == len(sure) > 0


def test_each_object_goes_to_the_class_it_is_most_like(folder: Path) -> None:
    names = ["warm"] * 4 + ["cold"] * 4
    layer(folder / "two.gpkg", clicks([*RED[:4], *BLUE[:4]]), **{"class": names})
    assert command.main(arguments(folder, points="two.gpkg")) == 0
    frame = found(folder)
    assert squares_of(frame[frame["class"] == "warm"], RED) == [1] * len(RED)
    assert squares_of(frame[frame["class"] == "cold"], BLUE) == [1] * len(BLUE)
    assert squares_of(frame[frame["class"] == "warm"], BLUE) == [0] * len(BLUE)


def test_an_empty_class_is_no_class(folder: Path, capsys: Captured) -> None:
    layer(folder / "typed.gpkg", clicks(RED[:3]), **{"class": [""] * 3})
    earlier = layer(folder / "earlier.gpkg", [square(one) for one in RED[3:6]], **{"class": [None] * 3})
    assert command.main(arguments(folder, "--polygons", str(earlier), points="typed.gpkg")) == 0
    assert "example(s)" not in capsys.readouterr().err, "three and three of a kind are six of it"
    assert sum(squares_of(found(folder), RED)) == len(RED)


@pytest.mark.parametrize("times", [1, 2])
def test_what_was_shown_on_one_raster_is_found_on_another_of_any_pixel_size(folder: Path, times: int) -> None:
    corners = [(9 + 30 * column, 7 + 30 * row) for row in range(3) for column in range(6)]
    image = np.random.default_rng(1).integers(40, 80, (HEIGHT * times, WIDTH * times, 3), dtype=np.uint8)
    for number, (x, y) in enumerate(corners):
        colour = (200, 90, 60) if number % 2 == 0 else (60, 90, 200)
        image[y * times : (y + SIDE) * times, x * times : (x + SIDE) * times] = colour
    other = NORTH_UP @ Affine.scale(1 / times)
    write_raster(folder / "next.tif", np.moveaxis(image, -1, 0), transform=other)
    asked = ["--points", str(folder / "clicks.gpkg"), "--examples-raster", str(folder / "scene.tif")]
    files = ["--raster", str(folder / "next.tif"), "--out", str(folder / "found.gpkg")]
    assert command.main([*asked, *files]) == 0
    frame = found(folder)
    assert (frame["n_pos"] == 0).all()
    assert squares_of(frame, corners[::2]) == [1] * 9
    assert squares_of(frame[frame["status"] == "accepted"], corners[1::2]) == [0] * 9
    assert run_of(folder)["find"]["shown_on"].endswith("scene.tif")


def test_no_more_than_asked_for_come_back(folder: Path) -> None:
    assert command.main(arguments(folder, "--max", "3")) == 0
    assert len(found(folder)) == 5 + 3


def test_as_many_as_asked_for_come_back_where_the_best_are_too_small(folder: Path, capsys: Captured) -> None:
    small = RED[:12]
    with rasterio.open(folder / "scene.tif", "r+") as file:
        for x, y in small:
            file.write(np.full((3, SIDE, 4), 60, np.uint8), window=Window(x + SIDE - 4, y, 4, SIDE))
        pixel = file.transform.a**2
    assert command.main([*arguments(folder, "--max", "2"), "--overwrite"]) == 0
    assert sum(squares_of(found(folder), RED[12:])) == 0, "the best look like the clicked ones"
    large = ["--min-area", str(0.8 * SIDE**2 * pixel), "--min-score", "0"]
    assert command.main([*arguments(folder, "--max", "2", *large), "--overwrite"]) == 0
    frame = found(folder)
    assert (frame["n_pos"] == 0).sum() == 2
    assert sum(squares_of(frame, [*RED[12:], *BLUE])) == 2
    capsys.readouterr()
    assert command.main([*arguments(folder, "--min-area", "1e9"), "--overwrite"]) == 0
    assert "0 found; " in (said := capsys.readouterr().err)
    assert "about 0 should be right" in said


def test_a_target_raises_the_threshold_until_that_share_should_be_right(folder: Path) -> None:
    assert command.main(arguments(folder, "--target", "precision=0.97")) == 0
    frame = found(folder).iloc[5:]
    accepted = frame[frame["status"] == "accepted"]
    assert accepted.empty or accepted["score"].mean() >= 0.97


def test_an_interrupted_run_that_is_continued_gives_the_same_layer(
    folder: Path, model: FakeSegmenter
) -> None:
    assert command.main(arguments(folder)) == 0
    whole = found(folder)
    calls = 0

    def interrupt() -> None:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise KeyboardInterrupt

    (folder / "found.gpkg").unlink()
    model.on_encode = interrupt
    assert command.main(arguments(folder)) == 130
    assert not (folder / "found.gpkg").exists()
    model.on_encode = lambda: None
    assert command.main(arguments(folder, "--resume")) == 0
    again = found(folder)
    assert all(one.equals(other) for one, other in zip(whole.geometry, again.geometry, strict=True))
    assert_geodataframe_equal(whole, again)
    assert list(folder.glob(".found*")) == []


def test_a_run_with_other_examples_is_not_continued(
    folder: Path, model: FakeSegmenter, capsys: Captured
) -> None:
    seen: list[int] = []

    def interrupt() -> None:
        seen.append(1)
        if len(seen) == 4:
            raise KeyboardInterrupt

    model.on_encode = interrupt
    assert command.main(arguments(folder)) == 130
    model.on_encode = lambda: None
    layer(folder / "clicks.gpkg", clicks(RED[:6]))
    assert command.main(arguments(folder, "--resume")) == 2
    assert "points or boxes" in capsys.readouterr().err


def made_in(folder: Path, status: str) -> AdaptResult:
    """An adapter of that status."""
    folder.mkdir(exist_ok=True)
    card = {"base_sha256": "0" * 64, "status": status}
    (folder / "adapter_config.json").write_text("{}")
    (folder / "adapter_model.safetensors").write_bytes(b"")
    (folder / "card.json").write_text(json.dumps(card))
    return AdaptResult(folder, card)


@pytest.fixture
def adapted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[TrainRequest, RunOptions]]:
    """What adapters were asked for; each is there at once, and sound."""
    asked = []

    def adapt(request: TrainRequest, options: object, run: RunOptions, *given: object) -> AdaptResult:
        asked.append((request, run))
        return made_in(request.out, "accepted")

    monkeypatch.setattr(recipe, "adapt", adapt)
    return asked


def test_an_adapter_learns_from_the_clicks_as_the_search_reads_them(
    folder: Path, adapted: list[tuple[TrainRequest, RunOptions]]
) -> None:
    read_as = ["--bands", "3", "2", "1", "--points-crs", UTM, "--encoding", "cp1252", "--allow-remote"]
    assert command.main(arguments(folder, "--adapt", *read_as)) == 0
    ((request, _),) = adapted
    assert request.bands == ("3", "2", "1")
    assert (request.points_crs, request.encoding, request.allow_remote) == (UTM, "cp1252", True)


def test_an_adapter_of_another_run_is_not_taken_for_that_of_a_run_to_continue(
    folder: Path, adapted: list[tuple[TrainRequest, RunOptions]]
) -> None:
    assert command.main(arguments(folder, "--adapt")) == 0
    assert command.main(arguments(folder, "--adapt", "--resume", "--overwrite")) == 0
    assert [(run.resume, run.overwrite) for _, run in adapted] == [(False, False), (False, True)]


@pytest.mark.parametrize("place", ["found-adapter", "found-adapter/rejected"])
def test_an_adapter_that_was_rejected_is_not_searched_with(
    folder: Path, place: str, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """In the second place it lies beside a sound one, of other clicks."""
    (folder / "found-adapter").mkdir()
    if place != "found-adapter":
        made_in(folder / "found-adapter", "accepted")
    monkeypatch.setattr(recipe, "adapt", lambda *given: made_in(folder / place, "rejected"))
    assert command.main(arguments(folder, "--adapt", "--overwrite")) == 0
    assert "was rejected, so the search goes on without it" in capsys.readouterr().err
    assert set(found(folder)["adapter"].fillna("")) == {""}


def test_an_adapter_takes_the_place_of_nothing_the_run_reads(
    folder: Path, adapted: list[tuple[TrainRequest, RunOptions]], capsys: Captured
) -> None:
    (folder / "found-adapter").mkdir()
    (folder / "clicks.gpkg").rename(folder / "found-adapter" / "clicks.gpkg")
    assert command.main(arguments(folder, "--adapt", points="found-adapter/clicks.gpkg")) == 2
    assert "this run reads from it" in capsys.readouterr().err
    assert adapted == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--min-score", "2"], "--min-score"),
        (["--max", "0"], "--max"),
        (["--target", "recall=0.9"], "--target"),
        (["--target", "precision=2"], "--target"),
        (["--not", "nowhere.gpkg"], "nowhere"),
        (["--area", "nowhere.gpkg"], "nowhere"),
        (["--polygons", "nowhere.gpkg"], "nowhere"),
        (["--examples-raster", "nowhere.tif"], "nowhere"),
        (["--adapt", "--adapter", "there"], "--adapt"),
        (["--threads", "0"], "--threads"),
    ],
)
def test_wrong_input_is_one_line(more: list[str], said: str, folder: Path, capsys: Captured) -> None:
    assert command.main(arguments(folder, *more)) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
    assert not (folder / "found.gpkg").exists()


def test_without_examples_nothing_is_learned(folder: Path, capsys: Captured) -> None:
    assert command.main(arguments(folder, points=None)) == 2
    assert "nothing to learn from" in capsys.readouterr().err


def test_examples_on_which_the_model_finds_nothing_are_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setattr("engine.stages.candidates.MIN_CELLS", 10**9)
    assert command.main(arguments(folder)) == 2
    err = capsys.readouterr().err
    assert "the model found nothing at any example" in err
    assert not (folder / "found.gpkg").exists()


@pytest.mark.parametrize("option", ["area", "not"])
def test_polygons_that_are_no_shapes_stop_nothing(folder: Path, option: str) -> None:
    crossing = [(0, 0), (WIDTH, 9), (WIDTH, 0), (0, 9)]
    shapes = [shapely.Polygon(corners) for corners in (crossing, [(0, 0), (np.nan, 9), (9, 9)], [(1, 1)] * 3)]
    layer(folder / "odd.gpkg", [shapely.transform(shape, GRID.to_world) for shape in shapes])
    assert command.main(arguments(folder, f"--{option}", str(folder / "odd.gpkg"))) == 0


def test_an_area_off_the_raster_is_refused(folder: Path, capsys: Captured) -> None:
    layer(folder / "zone.gpkg", [shapely.box(0, 0, 1, 1)])
    assert command.main(arguments(folder, "--area", str(folder / "zone.gpkg"))) == 2
    assert "does not touch the raster" in capsys.readouterr().err
