"""What is learned from and what is held out, over one raster and several, and what is said of it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from affine import Affine

from engine import train
from engine.console import Reporter
from engine.errors import ConfigError, PointsError
from tests.engine.file_server import serving
from tests.rasters import NORTH_UP, UTM, write_raster
from tests.training.adapt.helpers import arguments, card_of
from training.adapt import evaluation
from training.adapt.classes import kinds_of
from training.adapt.sources import TrainRequest, open_sources, training_tiles
from training.scenes import SceneFiles


def quiet() -> Reporter:
    return Reporter("train", quiet=True)


@pytest.mark.parametrize(
    ("classes", "said"), [(["roof", "panel"], True), (["roof", None], False), (["roof", "roof"], False)]
)
def test_clicks_of_several_classes_are_advised_against(
    classes: list[str | None],
    said: bool,
    scene: SceneFiles,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clicks = gpd.read_file(scene.points)
    clicks["class"] = [classes[row % 2] for row in range(len(clicks))]
    clicks.to_file(tmp_path / "clicks.gpkg")
    request = TrainRequest((str(scene.raster),), tmp_path / "clicks.gpkg", Path("unused"))
    with ExitStack() as stack:
        open_sources(request, stack, Reporter("train"))
    assert ("of 2 classes (panel, roof)" in capsys.readouterr().err) == said


@pytest.mark.parametrize("clicks", [1, 2])
def test_several_clicks_an_object_are_advised_against(
    clicks: int, scene: SceneFiles, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    once = gpd.read_file(scene.points)
    once["object_id"] = range(1, len(once) + 1)
    again = once.assign(geometry=once.geometry.translate(0.3, 0.3))
    pd.concat([once, again][:clicks], ignore_index=True).to_file(tmp_path / "clicks.gpkg")
    request = TrainRequest((str(scene.raster),), tmp_path / "clicks.gpkg", Path("unused"))
    with ExitStack() as stack:
        open_sources(request, stack, Reporter("train"))
    assert ("several clicks" in capsys.readouterr().err) == (clicks > 1)


def test_an_object_held_out_on_one_raster_is_learned_from_on_none(scene: SceneFiles, degrees: Path) -> None:
    request = TrainRequest((str(scene.raster), str(degrees)), scene.points, Path("unused"), holdout=0.5)
    with ExitStack() as stack:
        one, other = open_sources(request, stack, quiet())
    for first, second in ((one.learned, other.held_out), (one.held_out, other.learned)):
        assert not {p.prompt_id for p in first.prompts} & {p.prompt_id for p in second.prompts}
    assert len(one.held_out.prompts) == len(other.held_out.prompts) == 4


@pytest.mark.parametrize("seed", range(3))
def test_objects_with_an_outline_are_held_out_first(seed: int, scene: SceneFiles, tmp_path: Path) -> None:
    drawn = gpd.read_file(scene.objects).iloc[[1, 4, 6]].to_crs("EPSG:4326")
    drawn.to_file(tmp_path / "drawn.gpkg")
    request = TrainRequest(
        (str(scene.raster),),
        scene.points,
        Path("unused"),
        reference=tmp_path / "drawn.gpkg",
        holdout=0.5,
        seed=seed,
    )
    with ExitStack() as stack:
        (source,) = open_sources(request, stack, quiet())
        places = [shapely.Point(source.raster.grid.to_world(p.positives)[0]) for p in source.held_out.prompts]
        shapes = drawn.to_crs(source.raster.grid.crs_wkt).geometry
        (fewer,) = open_sources(replace(request, holdout=0.25), stack, quiet())
        (plain,) = open_sources(replace(request, reference=None), stack, quiet())
    assert len(places) == len(plain.held_out.prompts) == 4
    assert all(any(shape.intersects(place) for place in places) for shape in shapes)
    outlined = {
        p.prompt_id
        for p, place in zip(source.held_out.prompts, places, strict=True)
        if shapes.intersects(place).any()
    }
    assert len(outlined) == 3
    assert {p.prompt_id for p in fewer.held_out.prompts} < outlined


@pytest.mark.parametrize(
    ("drawn", "holdout", "said"), [(8, 0.2, "--clicks-holdout 0.65"), (3, 0.5, "outline at")]
)
def test_too_few_outlines_to_tell_are_told_before_the_work(
    drawn: int,
    holdout: float,
    said: str,
    scene: SceneFiles,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    gpd.read_file(scene.objects).iloc[:drawn].to_file(tmp_path / "drawn.gpkg")
    request = TrainRequest((str(scene.raster),), scene.points, Path("unused"), holdout=holdout)
    with ExitStack() as stack:
        open_sources(replace(request, reference=tmp_path / "drawn.gpkg"), stack, Reporter("train"))
        told = capsys.readouterr().err
        open_sources(replace(request, reference=scene.objects, holdout=0.7), stack, Reporter("train"))
        assert "outline" not in capsys.readouterr().err
    assert "at least 5 are needed" in told
    assert said in told


def test_references_elsewhere_are_refused_before_the_work(scene: SceneFiles, tmp_path: Path) -> None:
    moved = gpd.read_file(scene.objects)
    moved.geometry = moved.geometry.translate(1e5)
    moved.to_file(tmp_path / "moved.gpkg")
    request = TrainRequest(
        (str(scene.raster),), scene.points, Path("unused"), reference=tmp_path / "moved.gpkg"
    )
    with ExitStack() as stack, pytest.raises(PointsError, match="none of its polygons holds a click"):
        open_sources(request, stack, quiet())


def test_objects_on_two_rasters_of_two_crs_are_learned_from_and_judged_by_once_each(
    scene: SceneFiles, degrees: Path, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[evaluation.HeldOutFigures] = []
    plain = evaluation.Evaluator.measure

    def kept(*given: object) -> evaluation.HeldOutFigures:
        looks.append(plain(*given))  # type: ignore[arg-type]
        return looks[-1]

    monkeypatch.setattr(evaluation.Evaluator, "measure", kept)
    asked = arguments(scene, tiny, tmp_path / "a", "--epochs", "1", "--quiet", "--clicks-holdout", "0.5")
    assert train.main([*asked, "--raster", str(degrees), "--reference", str(scene.objects)]) == 0
    card = card_of(tmp_path / "a")
    assert {raster["crs"] for raster in card["rasters"]} > {"EPSG:4326"}
    assert card["objects"]["learned"] == card["objects"]["held_out"] == 4
    assert card["objects"]["clicks"] == 4
    assert sorted(number for number, _ in looks[0].iou) == [0] * 4 + [1] * 4
    assert card["verdict"]["n"] == card["verdict"]["proxies"]["stability"]["n"] == 4
    assert card["verdict"]["before"] == pytest.approx(np.mean(list(looks[0].iou.values())))


def test_held_out_objects_are_segmented_in_the_midst_of_their_neighbours(
    scene: SceneFiles, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int, bool]] = []
    plain = evaluation.run_job

    def counted(job, reader, model, config):  # type: ignore[no-untyped-def]
        seen.append((len(job.own), len(job.context), model.has(reader.read(job.tile)[0])))
        return plain(job, reader, model, config)

    monkeypatch.setattr(evaluation, "run_job", counted)
    asked = arguments(scene, tiny, tmp_path / "a", "--epochs", "1", "--quiet", "--clicks-holdout", "0.25")
    assert train.main(asked) == 0
    # One tile, embedded for the proxies, holds all eight clicks: two are asked for, the others known of.
    assert seen == [(2, 6, True), (2, 6, True)]


def test_a_raster_given_twice_is_refused(scene: SceneFiles, tmp_path: Path) -> None:
    link = tmp_path / "link.tif"
    link.symlink_to(scene.raster)
    with pytest.raises(ConfigError, match="given twice"):
        TrainRequest((str(scene.raster), str(link)), scene.points, Path("unused"))


def test_objects_wider_than_a_tile_are_told_and_not_learned_from(
    scene: SceneFiles, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raster = tmp_path / "wide.tif"
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 3, "width": 1200, "height": 200}
    profile |= {"crs": "EPSG:32632", "transform": Affine(1, 0, 5e5, 0, -1, 5e6)}
    with rasterio.open(raster, "w", **profile) as file:
        file.write(np.full((3, 200, 1200), 90, np.uint8))
    xs, objects = (100, 1100, 600), (1, 1, 2)
    places = gpd.points_from_xy([5e5 + x for x in xs], [5e6 - 100] * 3)
    clicks = gpd.GeoDataFrame({"object_id": objects}, geometry=places, crs="EPSG:32632")
    for kept, learned in ((clicks, 1), (clicks[:2], 0)):
        kept.to_file(tmp_path / "clicks.gpkg")
        request = TrainRequest((str(raster),), tmp_path / "clicks.gpkg", Path("unused"), holdout=0)
        with ExitStack() as stack:
            sources = open_sources(request, stack, quiet())
            if learned:
                (place,) = training_tiles(sources, 256, Reporter("train"))
                assert [prompt.prompt_id for prompt in place.job.own] == [2]
                assert "the clicks of 1 objects lie too far apart for tiles of 256" in capsys.readouterr().err
            else:
                with pytest.raises(PointsError, match="nothing is left to learn from"):
                    training_tiles(sources, 256, quiet())


def test_notes_on_rasters_and_the_encoding_of_points_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    values = np.random.default_rng(0).normal(2000, 300, (3, 96, 96)).astype("float32")
    values[:, :8] = -9999
    path = write_raster(tmp_path / "holes.tif", values)
    x, y = NORTH_UP @ (50, 50)
    points = tmp_path / "clicks.csv"
    points.write_bytes(f"x,y,name\n{x},{y},Größe\n{x + 10},{y},b\n".encode("cp1252"))
    request = TrainRequest((str(path),), points, tmp_path / "out", holdout=0.0)
    with ExitStack() as stack:
        open_sources(request, stack, Reporter("train"))
    err = capsys.readouterr().err
    assert "note: holes.tif: the value -9999" in err
    assert "note: clicks.csv: holds text that is not UTF-8" in err


@pytest.fixture
def scene_with_reference(tmp_path: Path) -> TrainRequest:
    """Two clicks, and two outlines that an Excel user saved: their text is in cp1252."""
    path = write_raster(tmp_path / "scene.tif", np.zeros((3, 96, 96), np.uint8))
    places = [NORTH_UP @ (30, 50), NORTH_UP @ (60, 50)]
    points = tmp_path / "clicks.csv"
    points.write_text("x,y\n" + "".join(f"{x},{y}\n" for x, y in places))
    outlines = [shapely.Point(place).buffer(2).wkt for place in places]
    reference = tmp_path / "truth.csv"
    reference.write_bytes(("WKT,name\n" + "".join(f'"{wkt}",Größe\n' for wkt in outlines)).encode("cp1252"))
    return TrainRequest((str(path),), points, tmp_path / "out", reference=reference, holdout=0.5)


@pytest.mark.parametrize(("encoding", "said"), [(None, True), ("cp1252", False)])
def test_the_encoding_of_reference_polygons_is_told_or_given(
    scene_with_reference: TrainRequest,
    encoding: str | None,
    said: bool,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with ExitStack() as stack:
        open_sources(replace(scene_with_reference, encoding=encoding), stack, Reporter("train"))
    assert ("note: truth.csv: holds text that is not UTF-8" in capsys.readouterr().err) == said


def test_reference_polygons_that_lead_to_the_network_are_read_where_that_is_allowed(
    scene_with_reference: TrainRequest, tmp_path: Path
) -> None:
    reference = tmp_path / "truth.vrt"
    with serving(tmp_path) as address:
        source = f"<SrcDataSource>/vsicurl/{address}/truth.csv</SrcDataSource>"
        layer = f'<OGRVRTLayer name="truth">{source}<GeometryType>wkbPolygon</GeometryType></OGRVRTLayer>'
        reference.write_text(f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>")
        request = replace(scene_with_reference, reference=reference, encoding="cp1252")
        with ExitStack() as stack, pytest.raises(PointsError, match=r"leads to the network .*--allow-remote"):
            open_sources(request, stack, quiet())
        with ExitStack() as stack:
            assert open_sources(replace(request, allow_remote=True), stack, quiet())


def test_clicks_of_another_class_on_another_raster_are_not_called_unusable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rasters, places, kinds = [], [], []
    for number, kind in enumerate(("roof", "panel")):
        moved = Affine.translation(1000 * number, 0) @ NORTH_UP
        path = write_raster(tmp_path / f"{kind}.tif", np.zeros((3, 96, 96), np.uint8), transform=moved)
        rasters.append(str(path))
        places += [shapely.Point(moved @ (10 + 15 * row, 50)) for row in range(5)]
        kinds += [kind] * 5
    places.append(shapely.Point(NORTH_UP @ (-500, 50)))
    clicks = gpd.GeoDataFrame({"class": [*kinds, "roof"]}, geometry=places, crs=UTM)
    clicks.to_file(tmp_path / "clicks.gpkg")
    request = TrainRequest(tuple(rasters), tmp_path / "clicks.gpkg", tmp_path / "out")
    kinds_there = kinds_of(request)
    assert kinds_there.learned == {"roof": 5, "panel": 5}
    assert [number for number, _ in kinds_there.unusable] == [11]
    for kind in kinds_there.learned:
        with ExitStack() as stack:
            open_sources(replace(request, only=kind), stack, Reporter("train"))
    assert "rejected" not in capsys.readouterr().err
