"""``everything``: each distinct object of an area, once, without examples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from engine import everything
from engine.finding import Search
from engine.reading.points import Prompt
from engine.stages.pipeline import Segment
from tests.engine.cli_scene import BOXES, GRID, Captured, arguments, code_of, outline
from tests.engine.cli_scene import fake as fake
from tests.engine.cli_scene import folder as folder
from tests.engine.test_segment_cli import adapter_of_a_stand_in
from tests.fakes import FakeSegmenter
from tests.rasters import UTM

pytestmark = pytest.mark.usefixtures("fake")


@pytest.fixture
def zone(folder: Path) -> Path:
    """The left part of the scene, with two of its three objects."""
    return bounded(folder, shapely.box(0, 0, 140, 200))


@pytest.fixture
def scene(folder: Path) -> Path:
    """The middles of all three objects, where there is little to look at."""
    middles = [shapely.box(*box).centroid.buffer(8, cap_style="square") for box in BOXES]
    return bounded(folder, shapely.union_all(middles))


def bounded(folder: Path, where: shapely.Geometry) -> Path:
    area = shapely.transform(where, GRID.to_world)
    gpd.GeoDataFrame(geometry=[area], crs=UTM).to_file(folder / "zone.gpkg")
    return folder


def asked(folder: Path, *more: str) -> list[str]:
    options = arguments(folder, points=None, area="zone.gpkg")  # type: ignore[arg-type]  # leaves it out
    return [*options, *more]


def test_every_object_of_the_area_is_found_once(zone: Path) -> None:
    assert everything.main(asked(zone)) == 0
    frame = gpd.read_file(zone / "out.gpkg", layer="segments")
    for box in BOXES:
        true = outline(box)
        hits = [
            shape for shape in frame.geometry if shape.intersection(true).area > 0.5 * shape.union(true).area
        ]
        assert len(hits) == (1 if box[0] < 140 else 0)


def test_no_more_than_asked_for_come_back(zone: Path) -> None:
    assert everything.main(asked(zone, "--max", "1")) == 0
    assert len(gpd.read_file(zone / "out.gpkg", layer="segments")) == 1


Change = Callable[[dict[int, Segment]], None]


def changed(monkeypatch: pytest.MonkeyPatch, change: Change) -> list[int]:
    """Let ``change`` alter what was outlined, by number; returns how many each call was asked for."""
    whole = Search.outlines
    asked_for: list[int] = []

    def outlines(self: Search, prompts: Sequence[Prompt], after: int) -> list[Segment]:
        asked_for.append(len(prompts))
        found = {one.prompt_id: one for one in whole(self, prompts, after)}
        change(found)
        return list(found.values())

    monkeypatch.setattr(Search, "outlines", outlines)
    return asked_for


def doubted(*numbers: int) -> Change:
    """Those objects get a score that is too low."""

    def change(found: dict[int, Segment]) -> None:
        found |= {number: replace(found[number], score=0.1) for number in numbers if number in found}

    return change


def shrunk(found: dict[int, Segment]) -> None:
    """The first object is smaller than --min-area says."""
    found[1] = replace(found[1], geometry=shapely.box(22, 22, 26, 26))


def emptied(found: dict[int, Segment]) -> None:
    """Nothing is left of the first object."""
    found[1] = replace(found[1], geometry=shapely.MultiPolygon())


def swallowed(found: dict[int, Segment]) -> None:
    """The first object lies in the second, which is surer."""
    if 2 in found:
        x, y = (value - 5 for value in found[2].geometry.centroid.coords[0])
        found[1] = replace(found[1], geometry=shapely.box(x, y, x + 10, y + 10), score=0.6)


def test_one_that_is_not_good_enough_takes_no_place(zone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for = changed(monkeypatch, doubted(1))
    assert everything.main(asked(zone, "--max", "1")) == 0
    assert gpd.read_file(zone / "out.gpkg", layer="segments")["prompt_id"].tolist() == [2]
    assert asked_for == [1, 1]


@pytest.mark.parametrize("change", [shrunk, emptied, swallowed])
def test_one_of_which_no_polygon_comes_takes_no_place(
    change: Change, scene: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(monkeypatch, change)
    assert everything.main(asked(scene, "--max", "2", "--min-area", "20")) == 0
    assert gpd.read_file(scene / "out.gpkg", layer="segments")["prompt_id"].tolist() == [2, 3]


def test_an_area_between_the_points_of_the_lattice_holds_nothing(folder: Path) -> None:
    speck = shapely.transform(shapely.box(1, 1, 2, 2), GRID.to_world)
    gpd.GeoDataFrame(geometry=[speck], crs=UTM).to_file(folder / "zone.gpkg")
    assert everything.main(asked(folder)) == 0
    assert len(gpd.read_file(folder / "out.gpkg", layer="segments")) == 0


def test_an_interrupted_run_that_is_continued_gives_the_same_layer(zone: Path, fake: FakeSegmenter) -> None:
    assert everything.main(asked(zone)) == 0
    whole = gpd.read_file(zone / "out.gpkg", layer="segments")
    (zone / "out.gpkg").unlink()
    seen: list[int] = []

    def interrupt() -> None:
        seen.append(1)
        if len(seen) == 3:
            raise KeyboardInterrupt

    fake.on_encode = interrupt
    assert everything.main(asked(zone)) == 130
    fake.on_encode = lambda: None
    assert everything.main(asked(zone, "--resume")) == 0
    again = gpd.read_file(zone / "out.gpkg", layer="segments")
    assert all(one.equals(other) for one, other in zip(whole.geometry, again.geometry, strict=True))


def test_a_bounded_run_that_is_stopped_again_and_again_gives_the_same_layer(
    scene: Path, fake: FakeSegmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for = changed(monkeypatch, doubted(1, 2))
    assert everything.main(asked(scene, "--max", "1")) == 0
    assert asked_for == [1, 1, 1]
    whole = gpd.read_file(scene / "out.gpkg", layer="segments")
    (scene / "out.gpkg").unlink()
    fake.on_encode = lambda: stop_after(2, fake)  # An outline may take two windows.
    for _ in range(len(fake.encoded)):
        fake.encoded.clear()
        if everything.main(asked(scene, "--max", "1", "--resume")) == 0:
            break
    assert len(asked_for) > 3 + 3, "it was stopped before its outlines only"
    again = gpd.read_file(scene / "out.gpkg", layer="segments")
    assert again["prompt_id"].tolist() == whole["prompt_id"].tolist() == [3]
    assert again.geometry.iloc[0].equals(whole.geometry.iloc[0])


def stop_after(count: int, fake: FakeSegmenter) -> None:
    if len(fake.encoded) == count:
        raise KeyboardInterrupt


def test_an_adapter_that_made_things_worse_is_warned_of(folder: Path, capsys: Captured) -> None:
    bounded(folder, shapely.box(1, 1, 2, 2))
    adapter = adapter_of_a_stand_in(folder, status="rejected")
    assert everything.main(asked(folder, "--adapter", str(adapter))) == 0
    assert capsys.readouterr().err.count("results may be worse") == 1


def test_what_is_assumed_of_the_area_is_told(folder: Path, capsys: Captured) -> None:
    speck = shapely.transform(shapely.box(1, 1, 2, 2), GRID.to_world)
    gpd.GeoDataFrame(geometry=[speck]).to_file(folder / "zone.gpkg")
    assert everything.main(asked(folder)) == 0
    assert "note: zone.gpkg: has no CRS" in capsys.readouterr().err


def test_a_run_is_not_continued_with_another_smallest_area(
    zone: Path, fake: FakeSegmenter, capsys: Captured
) -> None:
    fake.on_encode = lambda: stop_after(2, fake)
    assert everything.main(asked(zone, "--max", "1")) == 130
    assert code_of(everything.main, asked(zone, "--max", "1", "--min-area", "20", "--resume")) == 2
    assert "another settings" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--min-score", "-1"], "--min-score"),
        (["--max", "1.5"], "--max"),
        (["--max", "inf"], "--max: must be a number"),
        (["--max", "nan"], "--max: must be a number"),
        (["--snap-px", "inf"], "--snap-px: must be a number"),
    ],
)
def test_wrong_input_is_one_line(more: list[str], said: str, zone: Path, capsys: Captured) -> None:
    assert code_of(everything.main, asked(zone, *more)) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
    assert not (zone / "out.gpkg").exists()
