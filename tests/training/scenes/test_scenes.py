"""Generated scenes: exact masks, the same bytes for the same seed, and files that agree with the masks."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import cv2
import geopandas as gpd
import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.features import rasterize

from engine.errors import ConfigError, OutputError
from training.scenes import DOMAINS, Scene, SceneFiles, generate, sensor, write_scene
from training.scenes.canvas import Box, Canvas, Sun, coverage, plain
from training.scenes.frame import ellipse, rectangle
from training.scenes.placing import Plots
from training.scenes.relabel import MIN_PIXELS, relabel
from training.scenes.sensor import side_looking_radar

SIZE = 128
SENSORS = ("mixed", "optical", "hazy", "grey", "sar", "side-looking")
CONTENT = tuple(name for name in DOMAINS if name not in SENSORS)


@cache
def scene(domain: str, seed: int, size: int = SIZE) -> Scene:
    return generate(np.random.default_rng(seed), size, domain=domain)


def areas(of: Scene) -> np.ndarray:
    """Pixels of every object."""
    return np.bincount(of.instances.ravel(), minlength=len(of.classes) + 1)[1:]


def digest(of: Scene) -> str:
    content = of.image.tobytes() + of.instances.tobytes() + repr((of.classes, of.gsd)).encode()
    return hashlib.sha256(content).hexdigest()


def empty_canvas(size: int = 32) -> Canvas:
    return Canvas(np.random.default_rng(0), size, 1.0, Sun(azimuth=0.0, length=1.0, depth=0.5))


# --- what every scene keeps to --------------------------------------------------------------------------


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_domain_gives_a_whole_and_well_formed_scene(domain: str) -> None:
    for seed in range(3):
        made = scene(domain, seed)
        assert made.image.shape == (SIZE, SIZE, 3)
        assert made.image.dtype == np.uint8
        assert made.instances.shape == (SIZE, SIZE)
        assert made.instances.dtype == np.int32
        assert made.gsd > 0
        assert made.image.std() > 2, "a scene is not one flat colour"


@pytest.mark.parametrize("domain", DOMAINS)
def test_objects_are_numbered_without_gaps_and_none_is_a_sliver(domain: str) -> None:
    for seed in range(3):
        made = scene(domain, seed)
        assert np.array_equal(np.unique(made.instances[made.instances > 0]), np.arange(len(made.classes)) + 1)
        assert len(made.classes) > 0
        assert areas(made).min() >= MIN_PIXELS
        assert all(name.isidentifier() for name in made.classes)


@pytest.mark.parametrize("domain", CONTENT)
def test_every_object_is_one_connected_piece(domain: str) -> None:
    made = scene(domain, 5)
    for number in range(1, len(made.classes) + 1):
        count, _ = cv2.connectedComponents((made.instances == number).astype(np.uint8), connectivity=8)
        assert count == 2, f"object {number} is in {count - 1} pieces"


@pytest.mark.parametrize("domain", DOMAINS)
def test_one_seed_gives_the_same_bytes_again(domain: str) -> None:
    again = generate(np.random.default_rng(1), SIZE, domain=domain)
    assert digest(again) == digest(scene(domain, 1))


def test_the_number_of_opencv_threads_changes_nothing() -> None:
    before = cv2.getNumThreads()
    try:
        digests = set()
        for threads in (1, 3):
            cv2.setNumThreads(threads)
            digests.add(digest(generate(np.random.default_rng(11), SIZE)))
    finally:
        cv2.setNumThreads(before)
    assert len(digests) == 1


def test_different_seeds_give_different_scenes() -> None:
    assert len({digest(scene("mixed", seed)) for seed in range(12)}) == 12


@settings(max_examples=12)
@given(seed=st.integers(0, 2**32 - 1), size=st.integers(32, 100))
def test_any_seed_and_any_size_give_a_scene(seed: int, size: int) -> None:
    made = generate(np.random.default_rng(seed), size)
    assert made.image.shape == (size, size, 3)
    assert int(made.instances.max()) == len(made.classes)


def test_an_unknown_domain_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"unknown scene domain 'moon'; choose one of mixed, optical"):
        generate(np.random.default_rng(0), 64, domain="moon")


def test_a_size_without_room_for_objects_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least 32 pixels"):
        generate(np.random.default_rng(0), 31)


# --- what the scenes show -------------------------------------------------------------------------------


def test_every_domain_shows_what_it_is_named_for() -> None:
    expected = {
        "roofs": "roof",
        "ships": "ship",
        "airport": "airplane",
        "fields": "field",
        "panels": "solar_panel",
        "tanks": "storage_tank",
        "vehicles": "vehicle",
        "trees": "tree",
        "shapes": "shape",
    }
    for domain, name in expected.items():
        assert name in scene(domain, 0).classes
    shown = {name for seed in range(16) for name in scene("courts", seed).classes}
    assert {"tennis_court", "basketball_court", "baseball_diamond", "running_track"} <= shown
    assert {"pier", "ship", "bridge"} <= {
        name for seed in range(8) for name in scene("harbour", seed).classes
    }


def test_object_sizes_spread_from_tiny_to_a_good_part_of_the_scene() -> None:
    sides = np.sqrt(np.concatenate([areas(scene("mixed", seed)) for seed in range(16)]))
    assert np.percentile(sides, 10) < SIZE * 0.05
    assert np.percentile(sides, 99) > SIZE * 0.2


def test_there_are_sparse_scenes_and_crowded_ones() -> None:
    counts = [len(scene("mixed", seed).classes) for seed in range(16)]
    assert min(counts) <= 8
    assert max(counts) >= 30


@pytest.mark.parametrize("domain", ["roofs", "vehicles", "trees", "fields", "panels"])
def test_objects_that_touch_each_other_occur(domain: str) -> None:
    touching = 0
    for seed in range(8):
        ids = scene(domain, seed).instances
        for a, b in ((ids[:, 1:], ids[:, :-1]), (ids[1:], ids[:-1])):
            touching += int(((a != b) & (a > 0) & (b > 0)).any())
    assert touching > 0


@pytest.mark.parametrize("domain", ["sar", "grey", "side-looking"])
def test_radar_and_panchromatic_scenes_are_grey(domain: str) -> None:
    for seed in range(3):
        image = scene(domain, seed).image.astype(int)
        spread = image.max(axis=2) - image.min(axis=2)
        assert spread.max() <= 2, "JPEG may round the three channels apart, nothing else may"


def test_radar_scenes_are_far_noisier_than_photographs() -> None:
    def graininess(image: np.ndarray) -> float:
        blocks = image[..., 1].astype(float).reshape(SIZE // 8, 8, SIZE // 8, 8).std(axis=(1, 3))
        return float(np.median(blocks))

    radar = np.median([graininess(scene("sar", seed).image) for seed in range(8)])
    camera = np.median([graininess(scene("optical", seed).image) for seed in range(8)])
    assert radar > 1.5 * camera


def test_seen_from_the_side_objects_have_a_bright_wall_on_the_left_and_a_dark_shadow_on_the_right() -> None:
    instances = np.zeros((SIZE, SIZE), np.int32)
    instances[40:80, 50:90] = 1
    planes = np.full((3, SIZE, SIZE), 0.5, np.float32)
    instances[100:120, 50:90] = 2
    tall = np.array([False, True, False])
    image = side_looking_radar(np.random.default_rng(3), planes, instances, tall)[..., 0].astype(float)
    ground = image[:30].mean()
    assert abs(image[100:120, 90:93].mean() / ground - 1) < 0.2, "what lies flat throws no shadow"
    assert image[40:80, 48:50].mean() > 1.4 * ground
    assert image[40:80, 90:93].mean() < 0.5 * ground
    assert abs(image[40:80, 20:40].mean() / ground - 1) < 0.1


@pytest.mark.parametrize("domain", ["mixed", "optical", "sar"])
def test_no_other_domain_looks_from_the_side(domain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("drawn")

    monkeypatch.setattr(sensor, "side_looking_radar", refuse)
    for seed in range(60):
        generate(np.random.default_rng(seed), 48, domain=domain)


def test_haze_takes_contrast_away() -> None:
    clear = [float(scene("optical", seed).image.std()) for seed in range(10)]
    hazy = [float(scene("hazy", seed).image.std()) for seed in range(10)]
    assert np.median(hazy) < np.median(clear)


def outline_contrast(of: Scene, number: int) -> float:
    """Grey levels by which the strips just inside and just outside an object's outline differ."""
    mask = (of.instances == number).astype(np.uint8)
    kernel = np.ones((3, 3), np.uint8)
    inside = (mask > 0) & (cv2.erode(mask, kernel, iterations=3, borderValue=1) == 0)
    outside = (mask == 0) & (cv2.dilate(mask, kernel, iterations=3) > 0)
    if not outside.any():
        return np.inf
    image = of.image.astype(float)
    return float(np.abs(image[inside].mean(axis=0) - image[outside].mean(axis=0)).max())


@pytest.mark.parametrize("domain", CONTENT)
def test_most_outlines_can_be_seen_in_the_image(domain: str) -> None:
    contrasts = [
        outline_contrast(made, number)
        for made in (scene(domain, seed) for seed in range(4))
        for number in range(1, len(made.classes) + 1)
    ]
    assert np.mean(np.array(contrasts) > 5) > 0.7


def test_photographs_are_used_as_surfaces_when_given() -> None:
    flat_red = np.zeros((64, 64, 3), np.uint8)
    flat_red[::2] = (250, 0, 0)
    differing = 0
    for seed in range(8):
        made = generate(np.random.default_rng(seed), 96, domain="shapes", textures=[flat_red])
        differing += digest(made) != digest(scene("shapes", seed, 96))
    assert differing > 0


# --- the parts ------------------------------------------------------------------------------------------


def test_a_pixel_belongs_to_a_shape_that_covers_more_than_half_of_it() -> None:
    canvas = empty_canvas()
    square = rectangle(10.0, 6.0, 16.0, 12.0) + np.array([0.3, -0.3])
    canvas.fill(square, plain((1.0, 1.0, 1.0)), canvas.add("square"))
    rows, columns = np.nonzero(canvas.instances == 1)
    assert (columns.min(), columns.max() + 1, rows.min(), rows.max() + 1) == (11, 21, 9, 15)


def test_coverage_adds_up_to_the_area_of_the_shape() -> None:
    for radius in (3.0, 10.0, 60.0):
        side = int(2 * radius + 8)
        disc = ellipse(radius, radius, side / 2, side / 2, 90)
        excess = coverage([disc], Box(0, 0, side, side)).sum() - np.pi * radius**2
        assert abs(excess) < 0.3 * 2 * np.pi * radius, "within a third of a pixel along the outline"


def test_a_later_object_hides_an_earlier_one() -> None:
    canvas = empty_canvas()
    canvas.fill(rectangle(20.0, 20.0, 16.0, 16.0), plain((1.0, 1.0, 1.0)), canvas.add("below"))
    canvas.fill(rectangle(10.0, 10.0, 16.0, 16.0), plain((0.0, 0.0, 0.0)), canvas.add("above"))
    assert (canvas.instances == 2).sum() == 100
    assert (canvas.instances == 1).sum() == 300


def test_a_shadow_falls_away_from_the_sun_and_not_on_what_casts_it() -> None:
    canvas = empty_canvas()
    canvas.image[:] = 1.0
    block = rectangle(6.0, 6.0, 10.0, 16.0)
    canvas.shadow(block, 8.0)
    canvas.fill(block, plain((1.0, 1.0, 1.0)), canvas.add("block"))
    light = canvas.finish().mean(axis=0)
    assert light[16, 18] < 0.6, "in the shadow, towards +x"
    assert light[16, 10] == pytest.approx(1.0), "on the block"
    assert light[16, 4] == pytest.approx(1.0), "on the sunny side"


def test_shapes_that_reach_over_the_edge_are_clipped_and_those_outside_are_ignored() -> None:
    canvas = empty_canvas()
    canvas.fill(rectangle(20.0, 20.0, 0.0, 0.0), plain((1.0, 1.0, 1.0)), canvas.add("corner"))
    canvas.fill(rectangle(4.0, 4.0, -50.0, 90.0), plain((1.0, 1.0, 1.0)), canvas.add("outside"))
    assert (canvas.instances == 1).sum() == 100
    assert canvas.instances.max() == 1


def test_an_object_cut_in_two_becomes_two_and_slivers_go() -> None:
    painted = np.zeros((20, 20), np.int32)
    painted[2:8, 2:18] = 3
    painted[2:8, 9:11] = 0
    painted[12:14, 2:4] = 1
    instances, classes = relabel(painted, ["sliver", "hidden", "field"])
    assert classes == ("field", "field")
    assert [(instances == k).sum() for k in (1, 2)] == [42, 42]
    assert (instances[12:14, 2:4] == 0).all()


def test_ground_that_is_taken_is_not_given_out_again() -> None:
    plots = Plots(np.random.default_rng(0), 128)
    found = [pose for _ in range(60) if (pose := plots.find(24.0, 24.0, 0.0)) is not None]
    centres = np.array([(pose.x, pose.y) for pose in found])
    apart = np.abs(centres[:, None] - centres[None, :]).max(axis=2) + np.eye(len(centres)) * 999
    assert 6 <= len(found) <= 36
    assert apart.min() >= 24 - 4, "plots are kept apart to within a cell of the coarse map"


# --- the files ------------------------------------------------------------------------------------------


def read(files: SceneFiles) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    return gpd.read_file(files.objects, layer="objects"), gpd.read_file(files.points, layer="points")


@pytest.mark.parametrize("rotation", [0.0, 25.0])
def test_written_polygons_rasterise_back_to_the_instance_map(tmp_path: Path, rotation: float) -> None:
    made = scene("roofs", 2)
    files = write_scene(made, tmp_path, np.random.default_rng(0), rotation=rotation)
    objects, _ = read(files)
    with rasterio.open(files.raster) as raster:
        rasterized = rasterize(
            zip(objects.geometry, objects["object_id"], strict=True),
            out_shape=raster.shape,
            transform=raster.transform,
            dtype=np.int32,
        )
        assert raster.transform.is_rectilinear == (rotation == 0)
    assert np.array_equal(rasterized, made.instances)
    assert tuple(objects["class"]) == made.classes


@pytest.mark.parametrize("domain", ["mixed", "fields", "harbour"])
def test_every_click_lies_well_inside_its_own_object(tmp_path: Path, domain: str) -> None:
    made = scene(domain, 3)
    objects, points = read(write_scene(made, tmp_path, np.random.default_rng(7)))
    assert list(points["object_id"]) == list(objects["object_id"])
    assert list(points["class"]) == list(objects["class"])
    assert objects.geometry.contains(points.geometry, align=False).all()


def test_the_written_raster_holds_the_image_where_it_says(tmp_path: Path) -> None:
    made = scene("ships", 1)
    files = write_scene(made, tmp_path, np.random.default_rng(0), epsg=25832, origin=(500_000.0, 5_000_000.0))
    with rasterio.open(files.raster) as raster:
        assert raster.crs.to_epsg() == 25832
        assert raster.transform @ (0, 0) == (500_000.0, 5_000_000.0)
        assert raster.res == pytest.approx((made.gsd, made.gsd))
        assert np.array_equal(raster.read().transpose(1, 2, 0), made.image)


def test_sixteen_bit_files_keep_every_grey_level(tmp_path: Path) -> None:
    made = scene("tanks", 1)
    files = write_scene(made, tmp_path, np.random.default_rng(0), dtype="uint16")
    with rasterio.open(files.raster) as raster:
        values = raster.read().transpose(1, 2, 0)
    assert values.dtype == np.uint16
    assert values.max() > 255
    assert np.array_equal((values - 40) // 16, made.image)


def test_writing_again_replaces_what_was_there(tmp_path: Path) -> None:
    write_scene(scene("roofs", 1), tmp_path, np.random.default_rng(0))
    made = scene("tanks", 2)
    objects, points = read(write_scene(made, tmp_path, np.random.default_rng(0)))
    assert len(objects) == len(points) == len(made.classes)


def test_other_pixel_types_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="uint8 or uint16, not float32"):
        write_scene(scene("roofs", 1), tmp_path, np.random.default_rng(0), dtype="float32")


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written"):
        write_scene(scene("roofs", 1), tmp_path / "file" / "folder", np.random.default_rng(0))
