"""``everything``: each distinct object of an area, once, without examples."""

from __future__ import annotations

from collections.abc import Sequence
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
from tests.fakes import FakeSegmenter
from tests.rasters import UTM

pytestmark = pytest.mark.usefixtures("fake")


@pytest.fixture
def zone(folder: Path) -> Path:
    """The left part of the scene, with two of its three objects."""
    area = shapely.transform(shapely.box(0, 0, 140, 200), GRID.to_world)
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


def test_one_that_is_not_good_enough_takes_no_place(zone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Search.outlines
    asked_for: list[int] = []

    def doubted(self: Search, prompts: Sequence[Prompt], after: int) -> list[Segment]:
        asked_for.append(len(prompts))
        found = whole(self, prompts, after)
        return [replace(one, score=0.1) if one.prompt_id == 1 else one for one in found]

    monkeypatch.setattr(Search, "outlines", doubted)
    assert everything.main(asked(zone, "--max", "1")) == 0
    assert gpd.read_file(zone / "out.gpkg", layer="segments")["prompt_id"].tolist() == [2]
    assert asked_for == [1, 1]


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
