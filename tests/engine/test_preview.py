from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine
from PIL import Image

from engine.errors import ConfigError, OutputError, PointsError
from engine.preview import main
from engine.reading.raster import RasterSource
from engine.writing.picture import (
    HALO,
    NEGATIVE,
    NO_DATA,
    PLAIN,
    POSITIVE,
    render,
    save_picture,
    score_colour,
)
from tests.rasters import NORTH_UP, TRANSFORMS, UTM, write_raster

GREY = 90


@pytest.fixture
def grey_path(tmp_path: Path) -> Path:
    return write_raster(tmp_path / "grey.tif", np.full((3, 200, 200), GREY, "uint8"))


def squares(
    *boxes: tuple[float, float, float, float], transform: Affine = NORTH_UP, **fields: Any
) -> gpd.GeoDataFrame:
    """Polygons given by raster pixel bounds (x0, y0, x1, y1), placed on the ground."""
    shapes = shapely.box(*np.array(boxes, dtype=float).T)
    world = shapely.transform(shapes, lambda xy: np.array([transform @ tuple(p) for p in xy]))
    return gpd.GeoDataFrame(fields, geometry=world, crs=UTM)


def drawn(path: Path, polygons: gpd.GeoDataFrame, **options: Any) -> np.ndarray[Any, Any]:
    with RasterSource.open(path) as raster:
        return np.asarray(render(raster, polygons, **options)).astype(int)


def near(pixel: Sequence[int], colour: Sequence[int], tolerance: int = 12) -> bool:
    return bool(np.abs(np.array(pixel) - colour).max() <= tolerance)


# --- drawing ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)
def test_outlines_lie_on_the_pixels_they_enclose(tmp_path: Path, transform: Affine) -> None:
    array = np.full((3, 100, 100), GREY, "uint8")
    path = write_raster(tmp_path / "scene.tif", array, transform=transform)
    picture = drawn(path, squares((20, 30, 60, 80), transform=transform), max_side=200)
    # Shown at twice the size: edges at columns 40 and 120, rows 60 and 160, two pixels wide.
    for row, col in [(100, 39), (100, 40), (100, 119), (100, 120), (59, 80), (60, 80), (159, 80), (160, 80)]:
        assert near(picture[row, col], PLAIN)
    assert near(picture[20, 20], (GREY,) * 3, 0)
    assert not near(picture[100, 80], (GREY,) * 3, 5), "the inside is lightly filled"
    assert picture[100, 38].max() < GREY, "a dark halo sets the outline off"


def test_polygons_in_another_crs_are_drawn_in_the_same_place(grey_path: Path) -> None:
    polygons = squares((40, 40, 90, 110))
    same = drawn(grey_path, polygons)
    other = drawn(grey_path, polygons.to_crs("EPSG:4326"))
    assert np.abs(same - other).mean() < 0.2


def test_outlines_are_coloured_by_score(grey_path: Path) -> None:
    polygons = squares(
        (10, 10, 50, 50), (70, 10, 110, 50), (130, 10, 170, 50), (10, 70, 50, 110), score=[0, 0.5, 1, np.nan]
    )
    picture = drawn(grey_path, polygons, max_side=200)
    assert near(picture[30, 10], score_colour(0))
    assert near(picture[30, 70], score_colour(0.5))
    assert near(picture[30, 130], score_colour(1))
    assert near(picture[90, 10], PLAIN)


@pytest.mark.parametrize(("texts", "first"), [(["good", None], PLAIN), (["1", "bad"], score_colour(1))])
def test_scores_that_are_texts_count_where_they_are_numbers(
    grey_path: Path, texts: list[str | None], first: tuple[int, int, int]
) -> None:
    picture = drawn(grey_path, squares((10, 10, 50, 50), (70, 10, 110, 50), score=texts), max_side=200)
    assert near(picture[30, 10], first)
    assert near(picture[30, 70], PLAIN)


def test_scores_run_from_red_over_yellow_to_green() -> None:
    red, yellow, green = score_colour(0), score_colour(0.5), score_colour(1)
    assert red[0] > 200 > 60 > red[1]
    assert min(yellow[:2]) > 200 > yellow[2]
    assert green[1] > 150 > 60 > green[0]
    assert score_colour(1.7) == green


def test_a_polygon_in_anothers_hole_is_seen(grey_path: Path) -> None:
    inner = squares((80, 80, 120, 120)).geometry.iloc[0]
    ring = (
        squares((20, 20, 180, 180)).geometry.iloc[0].difference(squares((60, 60, 140, 140)).geometry.iloc[0])
    )
    picture = drawn(grey_path, gpd.GeoDataFrame(geometry=[inner, ring], crs=UTM), max_side=200)
    assert near(picture[70, 70], (GREY,) * 3, 0), "the hole is empty"
    assert not near(picture[100, 100], (GREY,) * 3, 5), "the island is filled"
    assert near(picture[100, 60], PLAIN)
    assert near(picture[100, 80], PLAIN)


def test_multipolygons_missing_and_distant_geometries_are_no_obstacle(grey_path: Path) -> None:
    near_by, far = squares((20, 20, 40, 40), (60_000, 60_000, 60_010, 60_010)).geometry
    both = shapely.MultiPolygon([near_by, far])
    picture = drawn(
        grey_path, gpd.GeoDataFrame(geometry=[both, None, far, shapely.Polygon()], crs=UTM), max_side=200
    )
    assert near(picture[30, 20], PLAIN)


def test_points_are_drawn_and_negative_ones_told_apart(grey_path: Path) -> None:
    world = [NORTH_UP @ (x, 50.0) for x in (30.0, 80.0)]
    points = gpd.GeoDataFrame({"label": [1, 0]}, geometry=shapely.points(world), crs=UTM)
    picture = drawn(grey_path, squares((100, 100, 120, 120)), points=points, max_side=200)
    assert near(picture[50, 30], (255, 255, 255))
    assert near(picture[50, 80], NEGATIVE)
    assert picture[50, 33:35].min() < GREY


def test_an_empty_layer_gives_the_bare_raster(grey_path: Path) -> None:
    picture = drawn(grey_path, gpd.GeoDataFrame(geometry=[], crs=UTM), max_side=200)
    assert (picture == GREY).all()


def test_missing_data_is_not_shown_as_black(tmp_path: Path) -> None:
    array = np.full((3, 64, 64), GREY, "uint8")
    array[:, :32] = 0
    path = write_raster(tmp_path / "half.tif", array, nodata=0)
    picture = drawn(path, gpd.GeoDataFrame(geometry=[], crs=UTM))
    assert near(picture[10, 10], NO_DATA, 0)


def test_an_extent_shows_that_part_alone(grey_path: Path) -> None:
    picture = drawn(grey_path, squares((50, 50, 60, 60)), extent=(40, 40, 40, 20), max_side=80)
    assert picture.shape == (40, 80, 3)
    assert near(picture[30, 20], PLAIN)
    assert near(picture[30, 40], PLAIN)


@pytest.mark.parametrize(("max_side", "size"), [(50, 50), (500, 500), (5000, 800)])
def test_pictures_fit_the_longest_side_and_small_rasters_are_enlarged_four_times_at_most(
    grey_path: Path, max_side: int, size: int
) -> None:
    assert drawn(grey_path, squares((1, 1, 2, 2)), max_side=max_side).shape == (size, size, 3)


def test_large_pictures_carry_a_legend_in_the_lower_left(grey_path: Path) -> None:
    picture = drawn(grey_path, squares((150, 10, 160, 20), score=[0.9]), max_side=800)
    corner = picture[-120:, :250]
    assert (corner < 60).any()
    assert (corner > 240).any()
    assert (picture[:300, :300] == GREY).all()


def test_a_raster_whose_pixels_have_no_size_is_shown_without_a_scale(tmp_path: Path) -> None:
    far = Affine(0.5, 0, 600_000, 0, -0.5, 1e308)
    with RasterSource.open(write_raster(tmp_path / "a.tif", transform=far, height=256, width=256)) as raster:
        assert render(raster, gpd.GeoDataFrame(geometry=[], crs=UTM)).size == (1024, 1024)


def test_a_long_thin_raster_can_be_shown(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "strip.tif", np.full((3, 2, 3000), GREY, "uint8"))
    assert drawn(path, gpd.GeoDataFrame(geometry=[], crs=UTM), max_side=600).shape == (1, 600, 3)


def test_rasters_and_polygons_without_crs_share_their_coordinates(tmp_path: Path) -> None:
    path = write_raster(
        tmp_path / "photo.tif", np.full((3, 100, 100), GREY, "uint8"), crs=None, transform=None
    )
    polygons = gpd.GeoDataFrame(geometry=[shapely.box(20, 30, 60, 80)])
    with RasterSource.open(path, assume_crs="pixel") as raster:
        picture = np.asarray(render(raster, polygons, max_side=400))
    assert near(picture[200, 80], PLAIN)


def test_polygons_without_crs_are_refused_over_a_raster_with_one(grey_path: Path) -> None:
    with pytest.raises(PointsError, match="the polygons have no CRS"):
        drawn(grey_path, gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)]))


def test_a_picture_needs_a_pixel(grey_path: Path) -> None:
    with pytest.raises(ConfigError, match="at least 1 pixel"):
        drawn(grey_path, squares((1, 1, 2, 2)), max_side=0)


# --- command line -----------------------------------------------------------------------------------


@pytest.fixture
def layer_path(tmp_path: Path) -> Path:
    path = tmp_path / "polygons.gpkg"
    squares((20, 20, 60, 60), (80, 80, 90, 120), score=[0.2, 0.9]).to_file(path, layer="segments")
    clicks = gpd.GeoDataFrame(geometry=[shapely.Point(NORTH_UP @ (40.0, 40.0))], crs=UTM)
    clicks.to_file(path, layer="clicks")
    return path


def test_the_command_writes_a_picture_and_says_so(
    tmp_path: Path, grey_path: Path, layer_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "picture.png"
    arguments = ["--raster", str(grey_path), "--polygons", str(layer_path), "--out", str(out)]
    assert main([*arguments, "--points", str(layer_path), "--max-side", "400"]) == 0
    assert "2 polygons" in capsys.readouterr().err
    with Image.open(out) as picture:
        assert picture.size == (400, 400)
        assert near(picture.getpixel((80, 80)), (255, 255, 255)), "the click"  # type: ignore[arg-type]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["grey.tif", "picture.png", "polygons.gpkg"]


def test_rows_without_an_outline_are_not_counted_and_labels_are_read_as_by_segment(
    tmp_path: Path, grey_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = squares((20, 20, 30, 30), (60, 60, 70, 70), (80, 80, 90, 90))
    frame.set_geometry([frame.geometry.iloc[0], None, shapely.Polygon()], crs=UTM).to_file(
        tmp_path / "p.gpkg"
    )
    places = [shapely.Point(NORTH_UP @ (x, 50.0)) for x in (40.0, 80.0)]
    gpd.GeoDataFrame({"Label": ["no", "yes"]}, geometry=places, crs=UTM).to_file(tmp_path / "c.gpkg")
    given = {"raster": grey_path, "polygons": tmp_path / "p.gpkg", "points": tmp_path / "c.gpkg"}
    words = [word for name, path in given.items() for word in (f"--{name}", str(path))]
    assert main([*words, "--out", str(tmp_path / "a.png"), "--max-side", "200"]) == 0
    assert "1 polygons" in capsys.readouterr().err
    with Image.open(tmp_path / "a.png") as picture:
        assert near(picture.getpixel((40, 50)), NEGATIVE)  # type: ignore[arg-type]
        assert near(picture.getpixel((80, 50)), POSITIVE)  # type: ignore[arg-type]


def test_json_is_one_line_and_quiet_is_silent(
    tmp_path: Path, grey_path: Path, layer_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "picture.jpg"
    arguments = ["--raster", str(grey_path), "--polygons", str(layer_path), "--out", str(out)]
    assert main([*arguments, "--json", "--layer", "segments"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    expected = {"event": "done", "out": str(out), "width": 800, "height": 800, "polygons": 2}
    event = json.loads(line)
    assert {key: event[key] for key in expected} == expected
    assert main([*arguments, "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_bands_and_crs_are_passed_on(tmp_path: Path, layer_path: Path) -> None:
    array = np.stack([np.full((100, 100), v, "uint8") for v in (10, 20, 30, 200)])
    raster = write_raster(tmp_path / "four.tif", array, crs=None, photometric="minisblack")
    out = tmp_path / "picture.png"
    arguments = ["--raster", str(raster), "--polygons", str(layer_path), "--out", str(out)]
    assert main([*arguments, "--bands", "4", "1", "2", "--assume-crs", UTM]) == 0
    with Image.open(out) as picture:
        assert picture.getpixel((5, 5)) == (200, 10, 20)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"--raster": "none.tif"}, "does not exist"),
        ({"--polygons": "none.gpkg"}, "none.gpkg"),
        ({"--layer": "objects"}, "no layer 'objects'"),
        ({"--out": "picture.xyz"}, "no picture format"),
        ({"--out": "nowhere/picture.png"}, "does not exist"),
        ({"--bands": "7"}, "no band '7'"),
    ],
)
def test_bad_input_is_one_line_and_code_two(
    tmp_path: Path,
    grey_path: Path,
    layer_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, str],
    words: str,
) -> None:
    options = {"--raster": str(grey_path), "--polygons": str(layer_path), "--out": str(tmp_path / "a.png")}
    changed = {k: v if k in ("--layer", "--bands") else str(tmp_path / v) for k, v in change.items()}
    code = main([word for pair in (options | changed).items() for word in pair])
    shown = capsys.readouterr()
    assert code == 2
    assert words in shown.err
    assert shown.err.count("\n") == 1
    assert not shown.out


def test_errors_are_events_too_under_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = str(tmp_path / "none.tif")
    assert main(["--raster", missing, "--polygons", missing, "--out", "a.png", "--json"]) == 2
    event = json.loads(capsys.readouterr().out)
    assert event["event"] == "error"
    assert "does not exist" in event["error"]


def test_a_failed_write_keeps_the_earlier_picture_and_leaves_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "picture.png"
    out.write_bytes(b"earlier")

    def full_disk(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.files.os.fsync", full_disk)
    with pytest.raises(OutputError, match="No space left"):
        save_picture(Image.new("RGB", (4, 4)), out)
    assert out.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [out]


def test_preview_needs_no_torch() -> None:
    script = "import sys; sys.modules['torch'] = None; import engine.preview"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_a_real_scene_with_its_objects_becomes_a_picture(real_data: Path, tmp_path: Path) -> None:
    scene = sorted((real_data / "roofs").glob("*.tif"))[0]
    layer, out = str(scene.with_suffix(".gpkg")), tmp_path / "roofs.png"
    arguments = ["--raster", str(scene), "--polygons", layer, "--points", layer, "--out", str(out)]
    assert main([*arguments, "--layer", "objects", "--max-side", "640", "--quiet"]) == 0
    with Image.open(out) as picture:
        shown = np.asarray(picture).astype(int)
    assert max(shown.shape) == 640
    assert sum(near(p, PLAIN) for p in shown.reshape(-1, 3)[::7]) > 50
    assert sum(near(p, HALO, 60) for p in shown.reshape(-1, 3)[::7]) > 50
