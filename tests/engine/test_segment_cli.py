"""``python -m engine.segment`` from files to files: what is written, what is said, how it fails."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

from engine import cli
from engine.grid import RasterGrid
from engine.models import registry
from engine.segment import main
from tests.fakes import Box, FakeSegmenter, painted
from tests.rasters import NORTH_UP, UTM, write_raster

SHAPE = (200, 240)
BOXES: list[Box] = [(20, 20, 60, 60), (90, 30, 130, 70), (150, 120, 190, 160)]
GRID = RasterGrid(SHAPE[1], SHAPE[0], NORTH_UP, None)
Captured = pytest.CaptureFixture[str]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeSegmenter:
    """What every model name loads."""
    model = FakeSegmenter()
    monkeypatch.setattr(registry, "load", lambda name, device="auto", adapter=None: model)
    return model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A scene of three objects; clicks on them, one more beside the raster; and their outlines."""
    write_raster(tmp_path / "scene.tif", painted(SHAPE, [(box, 220) for box in BOXES]))
    places = [((b[0] + b[2]) / 2, (b[1] + b[3]) / 2) for b in BOXES] + [(-50.0, 10.0)]
    clicks = {"class": ["roof", "roof", "tank", "roof"], "note": ["a", "b", "c", "d"]}
    points = shapely.points(GRID.to_world(np.array(places)))
    gpd.GeoDataFrame(clicks, geometry=points, crs=UTM).to_file(tmp_path / "clicks.gpkg")
    outlines = [outline(box) for box in BOXES]
    gpd.GeoDataFrame({"class": ["roof", "roof", "tank"]}, geometry=outlines, crs=UTM).to_file(
        tmp_path / "truth.gpkg"
    )
    return tmp_path


def outline(box: Box) -> shapely.Polygon:
    x0, y0, x1, y1 = box
    return shapely.Polygon(GRID.to_world(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])))


def arguments(folder: Path, out: str = "out.gpkg", *more: str, **changed: str) -> list[str]:
    """A command line that works, but for what is changed (None leaves an option out)."""
    options: dict[str, Any] = {"raster": "scene.tif", "points": "clicks.gpkg", "out": out} | changed
    pairs = [(f"--{key}", str(folder / value)) for key, value in options.items() if value is not None]
    return [word for pair in pairs for word in pair] + list(more)


def read(path: Path) -> gpd.GeoDataFrame:
    return gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


# --- what is written ------------------------------------------------------------------------------------


@pytest.mark.parametrize("out", ["out.gpkg", "out.geojson", "out.shp", "out.fgb", "out.parquet"])
def test_clicks_become_polygons_in_every_format(folder: Path, fake: FakeSegmenter, out: str) -> None:
    assert main(arguments(folder, out, "--quiet")) == 0
    frame = read(folder / out).to_crs(UTM).sort_values("prompt_id")
    assert frame["status"].tolist() == ["accepted"] * 3 + ["rejected"]
    assert frame["class"].tolist() == ["roof", "roof", "tank", "roof"]
    assert frame["note"].tolist() == ["a", "b", "c", "d"]
    for shape, box in zip(frame.geometry, BOXES, strict=False):
        true = outline(box)
        assert shape.intersection(true).area / shape.union(true).area > 0.95


def test_the_layer_records_how_it_was_made(folder: Path, fake: FakeSegmenter) -> None:
    assert main(arguments(folder, "out.gpkg", "--quiet", "--no-zoom", "--min-area", "5")) == 0
    run = json.loads(pyogrio.read_dataframe(folder / "out.gpkg", layer="resam_run")["run"][0])
    assert "--no-zoom" in run["command"]
    assert run["model"] == {"name": "fake", "sha256": "f" * 64, "image_size": 128}
    assert run["config"]["refine"]["zoom"] is False
    assert run["config"]["polygons"]["min_area_m2"] == 5
    assert run["raster"]["name"] == "scene.tif"
    assert run["prompts"]["asked"] == 3
    assert run["prompts"]["unusable"] == 1
    assert run["tiles"] == len(fake.encoded)
    assert {"torch", "rasterio", "python"} <= set(run["versions"])


def test_a_style_lies_beside_the_layer(folder: Path, fake: FakeSegmenter) -> None:
    assert main(arguments(folder, "out.gpkg", "--quiet")) == 0
    assert sorted(path.name for path in folder.glob("out*")) == ["out.gpkg", "out.qml"]


def test_boxes_alone_are_prompts_enough(folder: Path, fake: FakeSegmenter) -> None:
    assert main([*arguments(folder, points=None, boxes="truth.gpkg"), "--quiet"]) == 0
    frame = read(folder / "out.gpkg")
    assert frame["status"].tolist() == ["accepted"] * 3
    assert frame["n_pos"].tolist() == [0, 0, 0]
    assert all(prompts.boxes is not None for prompts, _ in fake.asked)


def test_boxes_join_the_clicks_they_hold(folder: Path, fake: FakeSegmenter) -> None:
    assert main([*arguments(folder, boxes="truth.gpkg"), "--quiet"]) == 0
    frame = read(folder / "out.gpkg")
    assert len(frame) == 4
    boxes = fake.asked[0][0].boxes
    assert boxes is not None
    assert boxes[0].tolist() == pytest.approx(BOXES[0])


def test_clicks_of_one_object_are_grouped_by_the_field_that_is_named(
    folder: Path, fake: FakeSegmenter
) -> None:
    assert main([*arguments(folder), "--quiet", "--object-field", "class"]) == 0
    frame = read(folder / "out.gpkg")
    assert frame["n_pos"].tolist() == [2, 1]
    assert frame["class"].tolist() == ["roof", "tank"]


@pytest.mark.parametrize(
    ("option", "asked"),
    [("--no-requery", 3), ("--no-refine", 6)],
)
def test_options_reach_the_pipeline(folder: Path, fake: FakeSegmenter, option: str, asked: int) -> None:
    assert main([*arguments(folder), "--quiet", "--no-zoom", option]) == 0
    assert fake.prompts_decoded - asked in (0, 1, 2), "neighbours may be decoded as context once more"


def test_the_model_the_device_and_the_adapter_are_the_users(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Any, ...]] = []

    def load(*given: Any) -> FakeSegmenter:
        asked.append(given)
        return FakeSegmenter()

    monkeypatch.setattr(registry, "load", load)
    options = ["--quiet", "--model", "sam_vit_b", "--device", "cuda:1", "--adapter", "bozen"]
    assert main([*arguments(folder), *options]) == 0
    assert asked == [("sam_vit_b", "cuda:1", "bozen")]
    assert set(read(folder / "out.gpkg")["adapter"]) == {"bozen"}


def test_bands_are_chosen_by_number(folder: Path, fake: FakeSegmenter) -> None:
    image = np.concatenate([np.full((1, *SHAPE), 90, np.uint8), painted(SHAPE, [(BOXES[0], 220)])[:1]])
    write_raster(folder / "two.tif", image)
    command = [*arguments(folder, raster="two.tif"), "--quiet", "--overwrite", "--bands"]
    assert main([*command, "2"]) == 0
    assert read(folder / "out.gpkg")["area_m2"].iloc[0] == pytest.approx(400, rel=0.02)
    assert main([*command, "1"]) == 0
    assert read(folder / "out.gpkg")["area_m2"].iloc[0] > 4000


def test_a_raster_without_a_crs_goes_through_when_told_so(folder: Path, fake: FakeSegmenter) -> None:
    write_raster(folder / "local.tif", painted(SHAPE, [(BOXES[0], 220)]), crs=None)
    local = gpd.read_file(folder / "clicks.gpkg").set_crs(None, allow_override=True)
    local.to_file(folder / "local.gpkg")
    command = arguments(folder, raster="local.tif", points="local.gpkg")
    assert main([*command, "--quiet", "--assume-crs", "pixel"]) == 0
    assert read(folder / "out.gpkg").crs is None
    assert main([*command, "--quiet", "--overwrite", "--assume-crs", UTM]) == 0
    assert read(folder / "out.gpkg").crs == UTM


def test_an_old_layer_is_replaced_when_asked(folder: Path, fake: FakeSegmenter) -> None:
    assert main([*arguments(folder), "--quiet"]) == 0
    assert main([*arguments(folder), "--quiet", "--overwrite", "--min-area", "1e9"]) == 0
    assert set(read(folder / "out.gpkg")["status"]) == {"rejected"}


def test_a_raster_inside_an_archive_is_read_by_its_gdal_name(folder: Path, fake: FakeSegmenter) -> None:
    with zipfile.ZipFile(folder / "scene.zip", "w") as archive:
        archive.write(folder / "scene.tif", "scene.tif")
    command = arguments(folder, raster=None)
    assert main([*command, "--quiet", "--raster", f"/vsizip/{folder / 'scene.zip'}/scene.tif"]) == 0
    assert main([*command, "--quiet", "--overwrite", "--raster", f"zip://{folder}/scene.zip!scene.tif"]) == 0
    assert (read(folder / "out.gpkg")["status"] == "accepted").sum() == 3


def test_the_resam_command_forwards_to_it(folder: Path, fake: FakeSegmenter) -> None:
    assert cli.main(["segment", *arguments(folder), "--quiet"]) == 0
    assert len(read(folder / "out.gpkg")) == 4


# --- what is said ---------------------------------------------------------------------------------------


def test_json_lines_tell_a_program_everything(folder: Path, fake: FakeSegmenter, capsys: Captured) -> None:
    assert main([*arguments(folder), "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    events = lines(out)
    kinds = [event["event"] for event in events]
    assert kinds[0] == "start"
    assert kinds[-1] == "done"
    progress = [event for event in events if event["event"] == "progress"]
    assert progress[-1]["done"] == progress[-1]["total"] == 3
    assert [event["done"] for event in progress] == sorted(event["done"] for event in progress)
    rejected = [event for event in events if event["event"] == "rejected"]
    assert [(event["reason"], event["count"]) for event in rejected] == [("outside the raster", 1)]
    done = {key: events[-1][key] for key in ("accepted", "review", "rejected", "out")}
    assert done == {"accepted": 3, "review": 0, "rejected": 1, "out": str(folder / "out.gpkg")}


def test_quiet_prints_nothing(folder: Path, fake: FakeSegmenter, capsys: Captured) -> None:
    assert main([*arguments(folder), "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_a_person_is_told_where_the_layer_is_and_what_was_left_out(
    folder: Path, fake: FakeSegmenter, capsys: Captured
) -> None:
    assert main(arguments(folder)) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "out.gpkg: 3 accepted, 0 to review, 1 rejected" in err
    assert "outside the raster: prompt 4" in err


def test_what_a_format_cannot_hold_is_noted(folder: Path, fake: FakeSegmenter, capsys: Captured) -> None:
    assert main(arguments(folder, "out.geojson")) == 0
    assert "note: out.geojson: GeoJSON is always in WGS 84" in capsys.readouterr().err


# --- how it fails ---------------------------------------------------------------------------------------


def corrupt(folder: Path) -> list[str]:
    (folder / "bad.tif").write_bytes((folder / "scene.tif").read_bytes()[:100])
    return arguments(folder, raster="bad.tif")


def truncated(folder: Path) -> list[str]:
    """A raster that opens, but whose later rows are gone."""
    data = (folder / "scene.tif").read_bytes()
    (folder / "short.tif").write_bytes(data[: len(data) * 2 // 3])
    return arguments(folder, raster="short.tif")


def no_crs(folder: Path) -> list[str]:
    write_raster(folder / "nowhere.tif", painted(SHAPE, []), crs=None)
    return arguments(folder, raster="nowhere.tif")


def empty_layer(folder: Path) -> list[str]:
    gpd.GeoDataFrame({"a": []}, geometry=[], crs=UTM).to_file(folder / "empty.gpkg")
    return arguments(folder, points="empty.gpkg")


def text_as(name: str, **changed: str) -> Callable[[Path], list[str]]:
    def make(folder: Path) -> list[str]:
        (folder / name).write_text("no such thing")
        return arguments(folder, **changed)

    return make


BAD: dict[str, tuple[Callable[[Path], list[str]], str]] = {
    "missing raster": (lambda f: arguments(f, raster="gone.tif"), "gone.tif"),
    "corrupt raster": (corrupt, "bad.tif"),
    "truncated raster": (truncated, "short.tif"),
    "raster without CRS": (no_crs, "--assume-crs"),
    "text as raster": (text_as("note.tif", raster="note.tif"), "note.tif"),
    "folder as raster": (lambda f: arguments(f, raster="."), "folder"),
    "missing points": (lambda f: arguments(f, points="gone.gpkg"), "gone.gpkg"),
    "text as points": (text_as("bad.gpkg", points="bad.gpkg"), "bad.gpkg"),
    "empty layer": (empty_layer, "no features"),
    "polygons as points": (lambda f: arguments(f, points="truth.gpkg"), "truth.gpkg"),
    "missing boxes": (lambda f: arguments(f, boxes="gone.gpkg"), "gone.gpkg"),
    "neither points nor boxes": (lambda f: arguments(f, points=None), "--points"),
    "unknown layer": (lambda f: [*arguments(f), "--points-layer", "x"], "clicks"),
    "unknown field": (lambda f: [*arguments(f), "--object-field", "house"], "house"),
    "bad band": (lambda f: [*arguments(f), "--bands", "1", "2", "9"], "9"),
    "two bands": (lambda f: [*arguments(f), "--bands", "1", "2"], "bands"),
    "bad points CRS": (lambda f: [*arguments(f), "--points-crs", "EPSG:nix"], "EPSG:nix"),
    "bad raster CRS": (lambda f: [*arguments(f), "--assume-crs", "EPSG:nix"], "EPSG:nix"),
    "another raster CRS": (lambda f: [*arguments(f), "--assume-crs", "EPSG:4326"], "--assume-crs"),
    "negative area": (lambda f: [*arguments(f), "--min-area", "-1"], "min_area"),
    "unknown extension": (lambda f: arguments(f, "out.xyz"), ".xyz"),
    "output is a folder": (lambda f: arguments(f, "."), "extension"),
    "no such folder": (lambda f: arguments(f, "none/out.gpkg"), "none"),
    "unwritable folder": (lambda f: arguments(f, "/proc/out.gpkg"), "/proc"),
}


def check_refusal(command: list[str], said: str, folder: Path, captured: Captured, code: int = 2) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert main(command) == code
    out, err = captured.readouterr()
    assert out == ""
    visible = err.rpartition("\r")[2]
    assert err.count("\n") == 1
    assert visible.startswith("segment: ")
    assert said in visible
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line_and_leaves_nothing(
    name: str, folder: Path, fake: FakeSegmenter, capsys: Captured
) -> None:
    make, said = BAD[name]
    check_refusal(make(folder), said, folder, capsys)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--model", "sam_vit_x"], "did you mean sam_vit_"),
        (["--model", "gone.pth"], "gone.pth"),
        (["--device", "tpu"], "tpu"),
        (["--adapter", "gone_folder"], "gone_folder"),
    ],
    ids=["unknown model", "missing checkpoint", "unknown device", "missing adapter"],
)
def test_a_model_that_cannot_be_had_is_one_line(
    options: list[str], said: str, folder: Path, capsys: Captured
) -> None:
    check_refusal([*arguments(folder), *options], said, folder, capsys)


def test_an_existing_layer_is_not_touched_without_permission(
    folder: Path, fake: FakeSegmenter, capsys: Captured
) -> None:
    (folder / "out.gpkg").write_bytes(b"precious")
    check_refusal(arguments(folder), "exists already", folder, capsys)
    assert not fake.encoded, "refused before any work"


def test_files_are_checked_before_the_model_is_loaded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    monkeypatch.setattr(registry, "load", lambda *given: loaded.append(given[0]))
    assert main([*arguments(folder, points="gone.gpkg"), "--quiet"]) == 2
    assert not loaded


def test_a_program_reads_of_an_error_as_well(folder: Path, fake: FakeSegmenter, capsys: Captured) -> None:
    assert main([*arguments(folder, raster="gone.tif"), "--json"]) == 2
    out, err = capsys.readouterr()
    (event,) = lines(out)
    assert event["event"] == "error"
    assert "gone.tif" in event["error"]
    assert err == f"segment: {event['error']}\n"


@pytest.mark.parametrize("quiet", [True, False])
def test_ctrl_c_leaves_nothing_half_written(
    folder: Path, fake: FakeSegmenter, capsys: Captured, quiet: bool
) -> None:
    (folder / "out.gpkg").write_bytes(b"precious")
    fake.on_encode = lambda: signal.raise_signal(signal.SIGINT)
    command = [*arguments(folder), "--overwrite", *(["--quiet"] if quiet else [])]
    check_refusal(command, "interrupted", folder, capsys, code=130)


def test_ctrl_c_while_writing_keeps_the_old_layer(
    folder: Path, fake: FakeSegmenter, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "out.gpkg").write_bytes(b"precious")
    monkeypatch.setattr("engine.output._verify", lambda *given: signal.raise_signal(signal.SIGINT))
    check_refusal([*arguments(folder), "--overwrite"], "interrupted", folder, capsys, code=130)


def test_the_process_itself_ends_with_the_code_and_without_a_traceback(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "engine.segment", *arguments(folder, raster="gone.tif")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("segment: ")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


INTERRUPTIBLE = """
import sys, time
from engine import segment
from engine.models import registry
from tests.fakes import FakeSegmenter

model = FakeSegmenter()
model.on_encode = lambda: (print("encoding", flush=True), time.sleep(60))
registry.load = lambda *given: model
sys.exit(segment.main(sys.argv[1:]))
"""


def test_an_interrupted_process_ends_with_130_and_leaves_nothing(folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, *arguments(folder), "--quiet"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "encoding\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130
    assert err == "segment: interrupted, nothing was written\n"
    assert sorted(folder.rglob("*")) == before
