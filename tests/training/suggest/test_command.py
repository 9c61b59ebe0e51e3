"""Where to click next: ranked, on the raster, never twice on the same thing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
import shapely.affinity

from engine.errors import PointsError
from engine.grid import Tile
from engine.models.base import PromptBatch
from engine.reading.points import Prompt
from engine.stages.pipeline import Job
from tests.fakes import FakeSegmenter
from tests.training.adapt.helpers import BOXES, SIDE, checkered, painted, prompts, tiny_file
from training.benchmark.protocols import ArrayReader
from training.scenes import SceneFiles, write_scene
from training.scenes.mosaic import mosaic
from training.suggest import command as command
from training.suggest import next_clicks as module


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> SceneFiles:
    rng = np.random.default_rng(1)
    return write_scene(mosaic(rng, [["roofs"]], 256, gsd=0.5, most=5), tmp_path_factory.mktemp("s"), rng)


def test_an_object_like_the_clicked_one_is_found_and_the_clicked_one_is_not_new() -> None:
    job = Job(Tile(0, 0, 0, 0, 0, SIDE, SIDE), prompts()[:1])
    found = module.suggest(FakeSegmenter(SIDE), ArrayReader(painted()[0]), [job], 50)
    new = [s for s in found if s.kind == module.NEW]
    inside = [[x0 <= s.xy[0] <= x1 and y0 <= s.xy[1] <= y1 for x0, y0, x1, y1 in BOXES] for s in new]
    hits = np.array(inside).sum(axis=0)
    assert hits[0] == 0
    assert hits[1:].tolist() == [1, 1]


def test_what_looks_like_the_clicked_objects_comes_before_what_does_not() -> None:
    image, wanted = checkered()
    clicks = tuple(
        Prompt(number, np.array([[x + 18.0, y + 18]]), np.ones(1, int))
        for number, (x, y) in enumerate(wanted[:4])
    )
    job = Job(Tile(0, 0, 0, 0, 0, SIDE, SIDE), clicks)
    found = module.suggest(FakeSegmenter(SIDE), ArrayReader(image), [job], 50)
    new = [s for s in found if s.kind == module.NEW]
    assert len(new) == 25 - 4
    assert {tuple((s.xy // 48 * 48 + 6).astype(int)) for s in new[:9]} == {*wanted[4:]}
    assert max(s.likeness for s in new[9:]) < 0.1


class Blind(FakeSegmenter):
    """Finds nothing where it is asked on something blue."""

    def _logits(self, image: np.ndarray, prompts: PromptBatch, row: int, kind: int) -> np.ndarray:
        found = super()._logits(image, prompts, row, kind)
        x, y = prompts.coords[row][0].int().tolist()
        return np.full_like(found, -1) if image[y, x, 2] > 2 * image[y, x, 0] else found


def test_a_click_at_which_nothing_is_found_says_nothing_of_what_is_wanted() -> None:
    image, wanted = checkered()
    clicks = [
        Prompt(number, np.array([[x + 18.0, y + 18]]), np.ones(1, int))
        for number, (x, y) in enumerate([*wanted[:4], (54, 6)])
    ]

    def likeness(some: list[Prompt]) -> list[float]:
        job = Job(Tile(0, 0, 0, 0, 0, SIDE, SIDE), tuple(some))
        return [s.likeness for s in module.suggest(Blind(SIDE), ArrayReader(image), [job], 50)]

    assert likeness(clicks) == pytest.approx(likeness(clicks[:4]))
    with pytest.raises(PointsError, match="found nothing at any click"):
        likeness(clicks[4:])


def test_likeness_grows_from_the_mean_place_towards_the_clicked_objects() -> None:
    clicked = np.array([[10.0, 1.0], [12.0, -1.0]])
    others = np.array([[-2.0, 0.0], [8.0, 3.0], [4.0, -4.0], [-4.0, 1.0], [-6.0, 0.0]])
    found = module.likeness(clicked, others)
    assert found[[0, 3, 4]].tolist() == [0, 0, 0]
    assert found[1] == 1
    assert 0.2 < found[2] < 0.8
    np.testing.assert_allclose(module.likeness(3 * clicked + 5, 3 * others + 5), found, atol=1e-5)


def test_alike_places_are_no_reason_to_fail() -> None:
    assert module.likeness(np.ones((2, 3)), np.ones((1, 3))).tolist() == [0]


@pytest.mark.parametrize(
    "better", [{"entropy": 0.5}, {"disagreement": 0.5}, {"score": 0.5}, {"likeness": 0.9}]
)
def test_the_gain_grows_with_every_doubt_and_with_likeness(better: dict[str, float]) -> None:
    plain = module.Suggestion(module.NEW, np.zeros(2), 0.2, 0.2, 0.7, 0.8, None)
    assert replace(plain, **better).gain > plain.gain
    surest = module.Suggestion(module.NEW, np.zeros(2), 0.0, 0.0, 1.0, 1.0, None)
    assert surest.gain == 0


def test_no_place_off_the_raster_is_worth_a_click() -> None:
    # A dark object at the edge runs on into the darkness beside the raster.
    image = painted()[0][:200, :200].copy()
    image[100:160, 150:] = 0
    job = Job(Tile(0, 0, 0, 0, 0, SIDE, SIDE), prompts()[:1])
    found = module.suggest(FakeSegmenter(SIDE, tolerances=(30, 30, 30)), ArrayReader(image), [job], 50)
    assert any(150 <= s.xy[0] < 200 and 100 <= s.xy[1] < 160 for s in found)
    assert all((s.xy < 200).all() for s in found)


def test_clicks_that_cannot_be_used_are_told(
    scene: SceneFiles, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clicks = gpd.read_file(scene.points)
    clicks.loc[0, "geometry"] = shapely.affinity.translate(clicks.geometry[0], 1e5)
    clicks.to_file(tmp_path / "clicks.gpkg")
    files = ["--raster", str(scene.raster), "--points", str(tmp_path / "clicks.gpkg")]
    asked = [*files, "--out", str(tmp_path / "n.gpkg"), "--model", str(tiny_file(tmp_path)), "--threads", "1"]
    assert command.main(asked) == 0
    assert "outside" in capsys.readouterr().err


def test_suggestions_come_best_first_and_no_more_than_asked_for() -> None:
    job = Job(Tile(0, 0, 0, 0, 0, SIDE, SIDE), prompts()[:1])
    found = module.suggest(FakeSegmenter(SIDE), ArrayReader(painted()[0]), [job], 3)
    assert len(found) <= 3
    gains = [s.gain for s in found]
    assert gains == sorted(gains, reverse=True)


def test_the_layer_lies_on_the_raster_and_ranks_its_places(scene: SceneFiles, tmp_path: Path) -> None:
    out = tmp_path / "next.gpkg"
    files = ["--raster", str(scene.raster), "--points", str(scene.points), "--out", str(out)]
    assert command.main([*files, "--model", str(tiny_file(tmp_path)), "--count", "6", "--threads", "1"]) == 0
    frame = gpd.read_file(out, layer="suggestions")
    assert frame["rank"].tolist() == list(range(1, len(frame) + 1))
    assert frame.crs == gpd.read_file(scene.points).crs
    with rasterio.open(scene.raster) as raster:
        assert frame.within(shapely.box(*raster.bounds)).all()
    assert frame[["entropy", "disagreement", "likeness", "score"]].stack().between(0, 1).all()
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.parametrize(
    ("more", "said"), [(["--count", "0"], "--count"), (["--points", "nowhere.gpkg"], "nowhere")]
)
def test_wrong_input_is_one_line(
    more: list[str], said: str, scene: SceneFiles, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = ["--raster", str(scene.raster), "--points", str(scene.points), "--out", str(tmp_path / "n.gpkg")]
    assert command.main([*files, *more]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
    assert not (tmp_path / "n.gpkg").exists()


def test_suggestions_come_beside_the_other_layers_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "project.gpkg"
    gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(1, 1)], crs=32632).to_file(path, layer="roads")
    for ranks in ([1, 2], [1]):
        places = [shapely.Point(rank, 0) for rank in ranks]
        command._write(gpd.GeoDataFrame({"rank": ranks}, geometry=places, crs=32632), path)
        assert gpd.read_file(path, layer="suggestions")["rank"].tolist() == ranks
        assert gpd.read_file(path, layer="roads")["a"].tolist() == [1]
