"""``python -m engine.evaluate``: the same run, measured against reference polygons."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from engine import cli
from engine.evaluate import main
from tests.engine.cli_scene import BOXES, Captured, fake, folder, lines, outline
from tests.engine.test_segment_cli import adapter_of_a_stand_in
from tests.fakes import FakeSegmenter
from tests.rasters import UTM

__all__ = ["fake", "folder"]


def arguments(folder: Path, *more: str, **changed: str | None) -> list[str]:
    options: dict[str, Any] = {"raster": "scene.tif", "points": "clicks.gpkg", "reference": "truth.gpkg"}
    pairs = [(f"--{k}", str(folder / v)) for k, v in (options | changed).items() if v is not None]
    return [word for pair in pairs for word in pair] + list(more)


def test_a_right_segmentation_scores_nearly_one(folder: Path, fake: FakeSegmenter, capsys: Captured) -> None:
    assert main(arguments(folder, "--json")) == 0
    done = lines(capsys.readouterr().out)[-1]
    assert done["event"] == "done"
    overall = done["scores"]["overall"]
    assert overall["n"] == 3
    assert overall["mean_iou"] > 0.97
    assert overall["share_75"] == 1
    assert done["scores"]["n_without_reference"] == 1
    assert done["scores"]["by_class"]["tank"]["n"] == 1
    assert (done["accepted"], done["rejected"]) == (3, 1)


def test_a_person_reads_the_mean_and_its_interval(
    folder: Path, fake: FakeSegmenter, capsys: Captured
) -> None:
    assert main(arguments(folder)) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "mean IoU 0.9" in err
    assert "3 objects" in err
    assert "[0.9" in err


def test_quiet_prints_nothing_and_the_report_holds_all(
    folder: Path, fake: FakeSegmenter, capsys: Captured
) -> None:
    assert main(arguments(folder, "--quiet", out="report.json")) == 0
    assert capsys.readouterr() == ("", "")
    report = json.loads((folder / "report.json").read_text())
    assert report["scores"]["overall"]["n"] == len(report["scores"]["matches"]) == 3
    assert report["counts"] == {"accepted": 3, "review": 0, "rejected": 1}
    assert report["run"]["raster"]["name"] == "scene.tif"
    assert [path.name for path in folder.glob("*report*")] == ["report.json"]


def test_objects_that_get_no_polygon_count_as_zero(
    folder: Path, fake: FakeSegmenter, capsys: Captured
) -> None:
    assert main(arguments(folder, "--min-area", "1e6")) == 0
    err = capsys.readouterr().err
    assert "mean IoU 0.000" in err
    assert "3 without a polygon" in err


def test_an_adapter_that_made_things_worse_is_warned_of(
    folder: Path, fake: FakeSegmenter, capsys: Captured
) -> None:
    adapter = adapter_of_a_stand_in(folder, status="rejected")
    assert main([*arguments(folder), "--adapter", str(adapter)]) == 0
    assert capsys.readouterr().err.count("results may be worse") == 1


def test_a_reference_in_another_crs_is_reprojected(
    folder: Path, fake: FakeSegmenter, capsys: Captured
) -> None:
    gpd.read_file(folder / "truth.gpkg").to_crs(4326).to_file(folder / "degrees.gpkg")
    assert main(arguments(folder, "--json", reference="degrees.gpkg")) == 0
    assert lines(capsys.readouterr().out)[-1]["scores"]["overall"]["mean_iou"] > 0.97


def test_a_reference_layer_is_chosen_by_name(folder: Path, fake: FakeSegmenter, capsys: Captured) -> None:
    far = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)], crs=UTM)
    far.to_file(folder / "both.gpkg", layer="elsewhere")
    gpd.read_file(folder / "truth.gpkg").to_file(folder / "both.gpkg", layer="here")
    command = arguments(folder, "--json", reference="both.gpkg")
    assert main([*command, "--reference-layer", "here"]) == 0
    assert main([*command, "--reference-layer", "elsewhere"]) == 2
    assert "none of its polygons holds a click" in capsys.readouterr().err


def test_the_interval_is_the_same_on_every_run(folder: Path, fake: FakeSegmenter, capsys: Captured) -> None:
    seen = []
    for _ in range(2):
        assert main(arguments(folder, "--json")) == 0
        seen.append(lines(capsys.readouterr().out)[-1]["scores"]["interval"])
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"points": None, "boxes": "truth.gpkg"}, "--points"),
        ({"reference": "gone.gpkg"}, "gone.gpkg"),
        ({"reference": "clicks.gpkg"}, "clicks.gpkg"),
        ({"raster": "gone.tif"}, "gone.tif"),
        ({"out": "none/report.json"}, "none"),
        ({"out": "scene.tif/report.json"}, "report.json"),
        ({"out": "."}, ""),
    ],
    ids=[
        "no points",
        "no reference",
        "points as reference",
        "no raster",
        "no folder",
        "file as folder",
        "folder",
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(
    changed: dict[str, str | None], said: str, folder: Path, fake: FakeSegmenter, capsys: Captured
) -> None:
    before = sorted(folder.rglob("*"))
    assert main(arguments(folder, **changed)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.rpartition("\r")[2].startswith("evaluate: ")
    assert said in err.rpartition("\r")[2]
    assert sorted(folder.rglob("*")) == before


def test_an_interrupted_evaluation_keeps_the_old_report(folder: Path, fake: FakeSegmenter) -> None:
    (folder / "report.json").write_text("precious")

    def interrupt() -> None:
        raise KeyboardInterrupt

    fake.on_encode = interrupt
    assert main(arguments(folder, "--quiet", out="report.json")) == 130
    assert (folder / "report.json").read_text() == "precious"


def test_boxes_are_measured_against_boxes(folder: Path, fake: FakeSegmenter, capsys: Captured) -> None:
    whole = outline(BOXES[0])
    notch = shapely.affinity.scale(whole, 0.4, 0.4, origin=whole.exterior.coords[0])
    truth = gpd.GeoDataFrame(geometry=[whole.difference(notch.buffer(-0.1, join_style="mitre"))], crs=UTM)
    truth.to_file(folder / "truth.gpkg")
    scores = []
    for shape in ("polygon", "rotated-box"):
        assert main(arguments(folder, "--json", "--shape", shape)) == 0
        scores.append(lines(capsys.readouterr().out)[-1]["scores"]["overall"]["mean_iou"])
    assert scores[0] < scores[1]
    assert scores[1] > 0.97


def test_the_resam_command_forwards_to_it(folder: Path, fake: FakeSegmenter) -> None:
    assert cli.main(["evaluate", *arguments(folder, "--quiet")]) == 0
