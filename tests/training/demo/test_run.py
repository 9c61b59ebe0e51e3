"""The demo end to end on one part of its scene, with a fake model; and the pieces its report is made of."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from PIL import Image

from engine.errors import WeightsError
from engine.scoring import score
from tests.fakes import FakeSegmenter
from training.benchmark.scene_results import STAGES
from training.demo import run as demo
from training.demo.report import arms_table, classes_table, status_table
from training.scenes.mosaic import mosaic


@dataclass(frozen=True)
class Run:
    """A finished demo: its folder and what it printed."""

    folder: Path
    printed: str

    def json(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "report.json").read_text(encoding="utf-8")))

    def page(self) -> str:
        return (self.folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("demo") / "new" / "folder"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "model_loader", lambda config, threads: lambda: FakeSegmenter())
        lines: list[str] = []
        patch.setattr("builtins.print", lambda *words, **options: lines.append(" ".join(map(str, words))))
        code = demo.main(["--out", str(folder), "--sheets", "1", "--no-adapt"])
    assert code == 0, lines
    return Run(folder, "\n".join(lines))


class Tables(HTMLParser):
    """Every table of a page as rows of cell texts, header included."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self._in_cell = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        self._in_cell = self._in_cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.tables[-1][-1][-1] += data


def test_the_demo_leaves_scene_layer_pictures_and_reports(run: Run) -> None:
    names = {path.name for path in run.folder.iterdir()}
    layers = {"scene.tif", "clicks.gpkg", "objects.gpkg", "polygons.gpkg", "polygons.qml"}
    assert names == layers | {"picture.jpg", "report.html", "report.json"}


def test_the_end_of_the_demo_names_the_files_to_open_and_the_iou(run: Run) -> None:
    overall = run.json()["arms"][-1]["scores"]["overall"]
    assert f"IoU {overall['mean_iou']:.3f}" in run.printed
    assert str(run.folder / "report.html") in run.printed
    assert str(run.folder / "polygons.gpkg") in run.printed


def test_the_report_shows_the_numbers_of_the_json(run: Run) -> None:
    ways, classes, statuses = Tables(run.page()).tables
    content = run.json()
    for row, arm in zip(ways[1:], content["arms"], strict=True):
        overall, (low, high) = arm["scores"]["overall"], arm["scores"]["interval"]
        assert row[0] == arm["name"]
        assert row[1] == f"{overall['mean_iou']:.3f}"
        assert row[2] == f"{low:.3f} – {high:.3f}"
        assert row[3:5] == [f"{overall['median_iou']:.3f}", f"{overall['mean_f1']:.3f}"]
    by_class = content["arms"][-1]["scores"]["by_class"]
    shown = {row[0].replace(" ", "_"): (row[1], row[-1]) for row in classes[1:]}
    assert shown == {name: (str(each["n"]), f"{each['mean_iou']:.3f}") for name, each in by_class.items()}
    counts = {row[0]: int(row[1]) for row in statuses[1:] if not row[0].startswith("…")}
    assert counts == content["arms"][-1]["counts"]


def test_the_json_agrees_with_the_layer_on_disk(run: Run) -> None:
    polygons = gpd.read_file(run.folder / "polygons.gpkg", layer="segments")
    objects = gpd.read_file(run.folder / "objects.gpkg")
    clicks = gpd.read_file(run.folder / "clicks.gpkg")
    report = score(polygons, objects, clicks, rng=np.random.default_rng(0))
    best = run.json()["arms"][-1]
    assert report.overall.mean_iou == pytest.approx(best["scores"]["overall"]["mean_iou"], abs=1e-9)
    assert {**best["counts"]} == {
        status: int((polygons["status"] == status).sum()) for status in ("accepted", "review", "rejected")
    }


def test_every_way_is_measured_on_the_same_clicks_with_its_own_settings(run: Run) -> None:
    arms = run.json()["arms"]
    assert [arm["name"] for arm in arms] == [name for name, _ in STAGES]
    assert len({arm["scores"]["n_prompts"] for arm in arms}) == 1
    assert len({arm["scores"]["overall"]["mean_iou"] for arm in arms}) > 1


def test_the_run_record_says_how_to_repeat_the_demo(run: Run) -> None:
    record = run.json()["run"]
    assert record["command"] == "demo --seed 0 --sheets 1"
    assert record["raster"]["crs"] == "EPSG:32632"


def test_the_report_loads_nothing_from_elsewhere(run: Run) -> None:
    sources = re.findall(r'(?:src|href|url\()\s*=?\s*"?([^"\s)]+)', run.page())
    assert len(sources) == 2
    assert all(source.startswith("data:image/jpeg;base64,") for source in sources)


def test_the_picture_shows_clicks_and_polygons_side_by_side(run: Run) -> None:
    with Image.open(run.folder / "picture.jpg") as picture:
        assert picture.width == 2 * picture.height + demo.GAP_PX
        left, right = (np.asarray(picture.crop(box)).astype(int) for box in _halves(picture))
    assert np.abs(left - right).max() > 100


def _halves(picture: Image.Image) -> tuple[tuple[int, int, int, int], tuple[int, int, int, int]]:
    side = picture.height
    return (0, 0, side, side), (side + demo.GAP_PX, 0, picture.width, side)


def test_the_same_seed_gives_the_same_scene_and_another_seed_another(tmp_path: Path) -> None:
    first, again, other = (
        demo.make_scene(tmp_path / name, seed, sheets=1)
        for name, seed in (("first", 3), ("again", 3), ("other", 4))
    )
    images = []
    for files in (first, again, other):
        with rasterio.open(files.raster) as raster:
            images.append(raster.read())
    assert np.array_equal(images[0], images[1])
    assert not np.array_equal(images[0], images[2])
    places = [gpd.read_file(files.points).geometry.to_wkt().tolist() for files in (first, again)]
    assert places[0] == places[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--seed", "-1"], "--seed must not be negative"),
        (["--threads", "0"], "--threads must be at least 1"),
        (["--sheets", "4"], "--sheets must be 1 to 3"),
    ],
)
def test_an_impossible_option_is_one_line_and_exit_code_two(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert demo.main(["--out", str(out), *arguments]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert not out.exists()


def test_a_model_that_cannot_be_loaded_stops_the_demo_before_it_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def load() -> FakeSegmenter:
        raise WeightsError("the weights are gone; fetch them again")

    monkeypatch.setattr(demo, "model_loader", lambda config, threads: load)
    assert demo.main(["--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == "demo: the weights are gone; fetch them again\n"
    assert not (tmp_path / "out").exists()


def test_a_file_in_place_of_the_folder_is_one_line_and_exit_code_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "model_loader", lambda config, threads: FakeSegmenter)
    out = tmp_path / "taken"
    out.write_text("mine")
    assert demo.main(["--out", str(out), "--sheets", "1"]) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("demo: ")
    assert str(out) in line
    assert out.read_text() == "mine"


def test_a_mosaic_numbers_its_objects_without_gaps_and_keeps_few_of_each_part() -> None:
    scene = mosaic(np.random.default_rng(2), [["trees", "roofs"]], 160, gsd=0.5, most=3, min_pixels=30)
    assert scene.image.shape == (160, 320, 3)
    assert scene.gsd == 0.5
    numbers, pixels = np.unique(scene.instances, return_counts=True)
    assert numbers.tolist() == list(range(len(scene.classes) + 1))
    assert pixels[1:].min() >= 30
    halves = [np.unique(half[half > 0]) for half in np.split(scene.instances, 2, axis=1)]
    assert scene.classes
    assert all(len(half) <= 3 for half in halves)
    assert not set(halves[0]) & set(halves[1])


def test_what_was_not_measured_is_a_dash_and_rejected_objects_have_their_reason() -> None:
    nothing = {
        "n": 0,
        "mean_iou": None,
        "median_iou": None,
        "mean_f1": None,
        "share_50": None,
        "share_75": None,
    }
    arm = {
        "name": "single pass",
        "seconds": 1.0,
        "counts": {"accepted": 0, "review": 0, "rejected": 2},
        "scores": {"overall": nothing, "interval": (0.0, 0.0), "by_class": {"storage_tank": nothing}},
    }
    summary = {"arms": [arm], "rejected": {"outside the raster": 2}}
    assert arms_table(summary).rows[0][1] == "–"
    assert classes_table(summary).rows == [("storage tank", "0", "–")]
    assert status_table(summary).rows[-2:] == [("rejected", "2"), ("… outside the raster", "2")]
