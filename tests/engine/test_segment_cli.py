"""``python -m engine.segment`` from files to files: what is written and what is said."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest

from engine import cli
from engine.models import registry
from engine.segment import main
from tests.engine.cli_scene import BOXES, SHAPE, Captured, arguments, fake, folder, lines, outline, read
from tests.fakes import FakeSegmenter, painted
from tests.rasters import UTM, write_raster

__all__ = ["fake", "folder"]


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


def test_a_geopackage_of_the_users_gets_the_layer_beside_its_own(
    folder: Path, fake: FakeSegmenter, capsys: Captured
) -> None:
    before = read(folder / "truth.gpkg")
    assert main(arguments(folder, "truth.gpkg", "--quiet")) == 0
    assert main(arguments(folder, "truth.gpkg", "--quiet")) == 2
    assert "has a layer 'segments', which exists already" in capsys.readouterr().err
    assert main(arguments(folder, "truth.gpkg", "--quiet", "--overwrite", "--no-zoom")) == 0
    assert pyogrio.read_dataframe(folder / "truth.gpkg", layer="truth").equals(before)
    run = pyogrio.read_dataframe(folder / "truth.gpkg", layer="resam_run")["run"].item()
    assert "--no-zoom" in run


def test_an_output_that_is_a_link_stays_one(folder: Path, fake: FakeSegmenter) -> None:
    (folder / "elsewhere").mkdir()
    for name in ("out.gpkg", "out.geojson"):
        (folder / name).symlink_to(folder / "elsewhere" / name)
        assert main(arguments(folder, name, "--quiet")) == 0
        assert (folder / name).is_symlink()
        assert len(read(folder / "elsewhere" / name)) == 4


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


def test_everything_is_looked_at_in_two_views_if_asked_for(folder: Path, fake: FakeSegmenter) -> None:
    assert main([*arguments(folder), "--quiet"]) == 0
    plain, tiles, prompts = read(folder / "out.gpkg"), len(fake.encoded), fake.prompts_decoded
    assert main([*arguments(folder), "--quiet", "--overwrite", "--tta"]) == 0
    assert (len(fake.encoded), fake.prompts_decoded) == (3 * tiles, 3 * prompts)
    found = read(folder / "out.gpkg")
    assert found["area_m2"].tolist() == pytest.approx(plain["area_m2"].tolist(), nan_ok=True)


def adapter_of_a_stand_in(folder: Path, **card: str) -> Path:
    """The files of an adapter, which the stand-in for a model never reads."""
    adapter = folder / "bozen"
    adapter.mkdir()
    (adapter / "card.json").write_text(json.dumps({"base_sha256": "0", **card}))
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        (adapter / name).write_bytes(b"")
    return adapter


def test_the_model_the_device_and_the_adapter_are_the_users(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Any, ...]] = []

    def load(*given: Any) -> FakeSegmenter:
        asked.append(given)
        return FakeSegmenter()

    monkeypatch.setattr(registry, "load", load)
    adapter = adapter_of_a_stand_in(folder)
    options = [
        "--quiet",
        "--model",
        "sam_vit_b",
        "--device",
        "cuda:1",
        "--adapter",
        str(adapter),
        "--precision",
        "bf16",
    ]
    assert main([*arguments(folder), *options]) == 0
    assert asked == [("sam_vit_b", "cuda:1", str(adapter), "bf16")]
    assert set(read(folder / "out.gpkg")["adapter"]) == {str(adapter)}


@pytest.mark.parametrize(
    ("status", "warned"), [("accepted", 0), ("unproven", 0), ("rejected", 1), ("diverged", 1)]
)
def test_an_adapter_that_made_things_worse_is_warned_of(
    status: str, warned: int, folder: Path, fake: FakeSegmenter, capsys: Captured
) -> None:
    adapter = adapter_of_a_stand_in(folder, status=status)
    assert main([*arguments(folder), "--adapter", str(adapter)]) == 0
    assert capsys.readouterr().err.count("results may be worse") == warned


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


def test_clicks_on_nodata_are_rejected_with_the_reason(folder: Path, fake: FakeSegmenter) -> None:
    image = painted(SHAPE, [(box, 220) for box in BOXES])
    image[:, :, :80] = 0
    write_raster(folder / "masked.tif", image, nodata=0)
    assert main([*arguments(folder, raster="masked.tif"), "--quiet"]) == 0
    frame = read(folder / "out.gpkg")
    assert frame["status"].tolist() == ["rejected", "accepted", "accepted", "rejected"]
    assert frame["reason"].tolist()[0] == "on nodata"


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
