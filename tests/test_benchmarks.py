"""The benchmarks still run, at sizes that measure nothing, and their figures are what they say."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
import torch

from benchmarks import adapting, assembly, large_raster, layers, models, seams, stock, workers
from benchmarks.__main__ import BENCHMARKS, main, page
from benchmarks.table import Table
from engine.models.nano import save_nano
from engine.models.nano_net import NanoArchitecture, NanoNet
from engine.models.precision import computes_bf16
from engine.models.registry import load
from engine.models.sam import SamArchitecture
from training.adapt.recipe import DEFAULT_EPOCHS, MIN_STEPS


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An untrained network with a small tile: it costs little and depends on no training."""
    torch.manual_seed(0)
    net = NanoNet(NanoArchitecture(image_size=256))
    path = tmp_path_factory.mktemp("model") / "small.safetensors"
    save_nano(net, net.state_dict(), path, {})
    return str(path)


def run(name: str, folder: Path, *options: str) -> Table:
    assert main([name, "--threads", "1", "--out", str(folder), *options]) == 0
    table = Table.read(folder, name)
    assert table is not None
    return table


@pytest.fixture(scope="module")
def four_scenes() -> layers.Mosaic:
    """A mosaic of 1024 pixels a side."""
    return layers.mosaic(layers.scenes_of(("tanks", "vehicles"), 4, 5, 100, seed=1))


def test_scenes_are_counted_by_size(tmp_path: Path) -> None:
    table = run("scenes", tmp_path, "--count", "1", "--domains", "shapes")
    assert [row["domain"] for row in table.rows] == ["shapes"]
    assert table.rows[0]["scenes/s at 256"] > 0


@pytest.mark.parametrize("half", [True, False])
def test_a_model_is_timed_by_tile_and_by_click(
    tmp_path: Path, model: str, half: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "computes_bf16", lambda device: half)
    table = run("models", tmp_path, "--model", model, "--repeats", "1", "--sam-repeats", "0")
    assert [row["model"] for row in table.rows] == (["nano", "nano, bf16"] if half else ["nano"])
    assert all(row["encode ms"] > 0 and row["click ms"] > 0 for row in table.rows)
    assert any("as a multiple of that in bf16: encode" in note for note in table.notes) == half


def test_a_mosaic_is_segmented_and_its_seams_are_looked_at(tmp_path: Path, model: str) -> None:
    sizes = (
        "--mosaic-side",
        "900",
        "--mosaic-objects",
        "30",
        "--mosaic-scenes",
        "1",
        "--mosaic-pictures",
        "1",
    )
    table = run("mosaic", tmp_path, "--model", model, *sizes)
    assert table.rows[-1]["count"] == 30
    assert sum(row["count"] for row in table.rows[:-1]) == 30
    assert len(list((tmp_path / "seams").glob("*.png"))) == 1


def test_a_polygon_that_ends_at_a_seam_counts_as_cut() -> None:
    line = seams.SEAM + seams.STRIDE
    true = shapely.box(line - 20, [0, 30, 60], line + 20, [10, 40, 70])
    found = shapely.box(line - 20, [0, 30, 60], [line, line + 20, line - 15], [10, 40, 70])
    agreement = seams.Agreement(found, true)
    assert agreement.crossed(seams.SEAM).all()
    assert agreement.cut(seams.SEAM).tolist() == [True, False, False]
    assert not agreement.crossed(seams.MIDDLE).any()


def test_an_object_that_two_polygons_share_counts_as_doubled() -> None:
    true = shapely.box([0, 100], 0, [40, 140], 10)
    found = np.array([shapely.box(0, 0, 25, 10), shapely.box(25, 0, 140, 10)])
    assert seams.Agreement(found, true).doubled.tolist() == [True, False]


def test_models_take_turns_while_they_are_timed() -> None:
    done: list[str] = []
    found = models.medians_ms([partial(done.append, name) for name in "abc"], [3, 1, 2])
    assert "".join(done) == "abcaca"
    assert len(found) == 3


def test_the_models_to_compare_with_have_tiles_of_one_size() -> None:
    compared = [build() for build in models.RANDOM]
    assert [model.name.split()[0] for model in compared] == ["mobile_sam", "sam2.1_hiera_t", "sam_vit_b"]
    assert {model.image_size for model in compared} == {1024}


def test_stock_segment_anything_and_this_project_answer_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock, "VIT_B", SamArchitecture(32, 2, 2, (1,)))
    counts = ("--stock-encodes", "1", "--stock-clicks", "1", "--stock-batches", "1", "--stock-prompts", "3")
    rows = {row["work"]: row for row in run("stock", tmp_path, *counts).rows}
    half = rows.pop("encode, bf16", None)
    assert list(rows) == ["encode", "first click", "click", "batch"]
    assert all(row["stock ms"] > 0 and row["ours ms"] > 0 for row in rows.values())
    assert all(row["difference"] < 1e-4 for row in rows.values())
    # Where the processor has no bfloat16, its products take 40 times as long and nobody asks for them.
    assert (half is not None) == computes_bf16(torch.device("cpu"))
    assert half is None or half["difference"] > 1e-4


def test_the_worker_is_timed_over_its_own_pipes(tmp_path: Path, model: str) -> None:
    (row,) = run("interactive", tmp_path, "--model", model, "--objects", "1", "--vit-objects", "0").rows
    assert 0 < row["hover ms"] < row["first click ms"]
    assert row["start s"] > 0


def test_a_step_of_adaptation_is_timed_beside_one_with_three_passes(tmp_path: Path, model: str) -> None:
    table = run("adapting", tmp_path, "--model", model, "--steps", "1", "--vit-steps", "0", "--adapted")
    (row,) = table.rows
    half = computes_bf16(torch.device("cpu"))
    assert any("as a multiple of that in bf16: a first look" in note for note in table.notes) == half
    assert row["step s"] > 0
    assert row["three passes s"] > 0
    assert row["20 clicks s"] < row["500 clicks s"]
    assert row["three passes peak MiB"] > 0
    assert row["adapter MB"] < 5


def test_a_layer_is_adapted_to_for_as_many_steps_as_train_takes(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert adapting._steps(3) == MIN_STEPS
    monkeypatch.setattr(adapting, "MIN_STEPS", 1)
    assert adapting._steps(3) == DEFAULT_EPOCHS * 3 // adapting.CLICKS_PER_TILE
    assert adapting._adapted(load(model, "cpu"), "fp32", 1) > 0


def test_peers_encode_once_a_click_and_we_once_a_tile(tmp_path: Path, model: str) -> None:
    options = ("--model", model, "--scenes", "1", "--densities", "12", "--layers", "--peer-clicks", "2")
    rows = {row["arm"]: row for row in run("peers", tmp_path, *options).rows}
    assert rows["peers"]["encodes a click"] == 1
    assert rows["peers"]["ratio"] == 1
    assert rows["single"]["encodes a click"] < 1
    assert rows["single"]["clicks"] == 12
    assert all(0 <= row["IoU"] <= 1 for row in rows.values())


def test_a_large_raster_is_measured_in_a_process_of_its_own(tmp_path: Path, model: str) -> None:
    options = (
        "--model",
        model,
        "--side",
        "600",
        "--points",
        "4",
        "--clicks",
        "clustered",
        "--settings",
        "single",
    )
    (row,) = run("large_raster", tmp_path, *options).rows
    assert row["clicks"] == 4
    assert 0 < row["peak MiB"] < 4096
    assert row["loaded MiB"] > 0


def test_points_and_pixels_are_measured_in_processes_of_their_own(tmp_path: Path, model: str) -> None:
    sizes = ("--flat-points", "30", "--flat-sides", "600", "--flat-scenes", "1")
    points, pixels = run("flat", tmp_path, "--model", model, *sizes).rows
    assert points["points"] == 30
    assert points["network"] == "stand-in"
    assert pixels["points"] >= 10
    assert all(0 < row["peak MiB"] < 2048 for row in (points, pixels))


@pytest.mark.timeout(900)
def test_workers_are_timed_apart_from_their_start_up(tmp_path: Path, model: str) -> None:
    sizes = ("--workers-clicks", "6", "--workers-side", "700", "--workers-scenes", "1")
    rows = run("workers", tmp_path, "--model", model, *sizes).rows
    assert [row["workers"] for row in rows] == ["1", "2", workers.BESIDE]
    assert rows[0]["times"] == rows[0]["share"] == 1
    assert rows[1]["share"] == pytest.approx(rows[1]["times"] / 2, rel=0.01)
    assert all(min(row["start-up s"], row["tiles s"], row["after s"], row["processor s"]) > 0 for row in rows)


def test_what_two_workers_do_is_counted_without_their_start_up() -> None:
    alone, two, beside = (
        workers.Spent(start, tiles, 2.0, 1.0) for start, tiles in ((5, 98), (9, 48), (9, 123))
    )
    assert workers._row("2", two, alone, 2, 1)["share"] == 1
    assert workers._row(workers.BESIDE, beside, alone, 1, 2)["share"] == 0.8


def test_the_command_is_started_up_to_its_first_tile_beside_the_bare_imports(
    tmp_path: Path, model: str
) -> None:
    rows = {row["arm"]: row for row in run("startup", tmp_path, "--model", model, "--starts", "1").rows}
    assert list(rows) == ["imports", "first tile", "embedded", "answered"]
    assert rows["imports"]["ratio"] == 1
    assert rows["first tile"]["ratio"] > 1


@pytest.mark.timeout(900)
def test_runs_beside_each_other_are_compared_with_one_alone(tmp_path: Path) -> None:
    rows = run("beside", tmp_path, "--beside-seconds", "0.2", "--beside-runs", "2").rows
    assert [(row["threads"], row["runs"]) for row in rows] == [
        (manner, count) for manner in ("spinning", "passive") for count in (1, 2)
    ]
    assert all(float(row["kept"]) > 0 for row in rows)
    assert [row["kept"] for row in rows if row["runs"] == 1] == [1, 1]


def test_assembly_is_measured_beside_buffering_each_object_twice(tmp_path: Path) -> None:
    rows = {row["arm"]: row for row in run("assembly", tmp_path, "--assembled", "40", "--rounds", "1").rows}
    assert rows["twice buffered"]["ratio"] == 1
    assert rows["default"]["objects"] == 40
    assert rows["default"]["ms an object"] > rows["twice buffered"]["ms an object"]


def test_the_layer_to_assemble_has_neighbours_that_overlap() -> None:
    segments, prompts, grid = assembly.dense_layer(300)
    shapes = np.array([segment.geometry for segment in segments])
    overlapping = shapely.STRtree(shapes).query(shapes, predicate="overlaps")[0]
    assert len(np.unique(overlapping)) > 100
    assert len(prompts.prompts) == 300
    assert shapely.box(0, 0, grid.width, grid.height).covers(shapely.box(*shapely.total_bounds(shapes)))


def test_a_click_lies_on_its_object_wherever_the_mosaic_is_repeated(
    tmp_path: Path, four_scenes: layers.Mosaic
) -> None:
    path = tmp_path / "ids.tif"
    ids = np.repeat((four_scenes.instances % 256).astype(np.uint8)[..., None], 3, axis=2)
    layers.write_mosaic(
        path, layers.Mosaic(ids, four_scenes.instances, four_scenes.clicks, four_scenes.scene), 2500
    )
    clicks = layers.repeated_clicks(four_scenes, 2500)
    with rasterio.open(path) as file:
        found = file.read(1)[tuple(np.floor(clicks).astype(int).T[::-1])]
    per_mosaic = len(four_scenes.clicks)
    assert per_mosaic * 4 < len(clicks) < per_mosaic * 9
    np.testing.assert_array_equal(found[:per_mosaic], np.arange(1, per_mosaic + 1) % 256)
    assert (found > 0).mean() > 0.99


def test_true_outlines_cover_their_pixels_exactly(four_scenes: layers.Mosaic) -> None:
    areas = np.bincount(four_scenes.instances.ravel())[1:]
    np.testing.assert_allclose([outline.area for outline in four_scenes.outlines()], areas)


def test_a_thinner_layer_is_part_of_a_denser_one(four_scenes: layers.Mosaic) -> None:
    few, many = four_scenes.per_scene(2, seed=3), four_scenes.per_scene(5, seed=3)
    assert len(few) == 8
    assert set(few) < set(many)


def test_clustered_clicks_are_neighbours(four_scenes: layers.Mosaic) -> None:
    clicks = layers.repeated_clicks(four_scenes, 8000)
    rng = np.random.default_rng(0)
    near = large_raster.clustered(clicks, 50, rng)
    far = large_raster.uniform(clicks, 50, rng)
    assert len(np.unique(near, axis=0)) == len(np.unique(far, axis=0)) == 50
    assert np.ptp(near, axis=0).max() < np.ptp(far, axis=0).max() / 2


def test_the_page_shows_what_was_measured_and_says_what_was_not(tmp_path: Path) -> None:
    Table("scenes", "Speed", "About.", [{"a": 1.5, "b": None}], ["Done."], {"n": 3}, {"cores": 2}).write(
        tmp_path
    )
    text = page(tmp_path)
    assert "| 1.5 | – |" in text
    assert "- Machine: cores 2." in text
    assert text.count("No numbers yet") == len(BENCHMARKS) - 1


def test_an_unknown_benchmark_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["peer"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_benchmark_that_lacks_its_machine_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert main(["adapting_gpu", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        "benchmarks: adapting_gpu is left out: no NVIDIA GPU, or no CUDA build of torch\n"
    )
    assert Table.read(tmp_path, "adapting_gpu") is None
