"""The finder's benchmark: what counts as right, what it makes of a scene, and what it learns from it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from engine.models import registry
from engine.stages.candidates import Candidate
from tests.fakes import FakeSegmenter
from tests.rasters import UTM, write_raster
from tests.training.find.scene import BLUE, GRID, HEIGHT, RED, SIDE, WIDTH
from tests.training.find.test_pool import box
from training.benchmark import find, find_table
from training.benchmark.find_arms import ARMS, Shown, drawn, ours
from training.benchmark.find_fit import fit
from training.benchmark.find_images import Images, one_kind, point_agreement, pointed
from training.benchmark.find_rounds import _cleaned, costs
from training.benchmark.find_scene import FindScene, prepare, score_of
from training.benchmark.protocols import Example
from training.find.likeness import Background
from training.patch import Patch

ROOT = Path(__file__).parents[3]


def scene_of(iou: np.ndarray) -> FindScene:
    """A scene whose candidates agree so much with its objects."""
    mask = np.ones((2, 2), bool)
    one = Candidate(np.zeros(2), np.zeros(2), 1.0, mask, 0.5, 0.5, np.zeros(3, np.float32), False)
    nothing = Background(np.zeros(3), np.ones(3), np.eye(3), 1)
    return FindScene("s", [one] * len(iou), iou, np.zeros((iou.shape[1], 2)), nothing, 0, 3, 1.0, 2.0)


@pytest.fixture(scope="module")
def squares() -> Example:
    image = np.random.default_rng(0).integers(40, 80, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    for colour, corners in (((200, 90, 60), RED), ((60, 90, 200), BLUE)):
        for x, y in corners:
            image[y : y + SIDE, x : x + SIDE] = colour
    return Example("squares", image, tuple(Patch(x, y, np.ones((SIDE, SIDE), bool)) for x, y in RED))


@pytest.fixture(scope="module")
def prepared(squares: Example, tmp_path_factory: pytest.TempPathFactory) -> FindScene:
    model = FakeSegmenter(128, 2, tolerances=(30, 30, 60))
    return prepare(squares, model, tmp_path_factory.mktemp("find"))


def test_an_object_that_is_found_twice_counts_once() -> None:
    scene = scene_of(np.array([[0.9, 0, 0], [0.8, 0, 0], [0, 0.6, 0]]))
    score = score_of(scene, np.arange(3), np.array([2]), np.array([0.9, 0.8, 0.7]), 0.75)
    assert score.best_f1 == pytest.approx(2 * 2 / (3 + 2))
    assert score.f1 == pytest.approx(2 * 1 / (2 + 2))
    assert score.pq == pytest.approx(2 * 0.9 / (2 + 2))
    assert score.ap == pytest.approx(0.5 + 0.5 * 2 / 3)
    assert score.precision == 0.5
    assert score.calibration == pytest.approx(abs(0.8 - 2 / 3))


def test_a_rough_outline_counts_where_it_is_said_what_outlines_cost() -> None:
    scene = scene_of(np.array([[0.9, 0], [0, 0.3]]))
    score = score_of(scene, np.arange(2), np.array([], int))
    assert (score.best_f1, score.rough_f1) == (pytest.approx(2 / 3), 1)


def test_what_lies_on_an_example_is_neither_right_nor_wrong() -> None:
    scene = scene_of(np.array([[0.9, 0], [0, 0.9]]))
    assert score_of(scene, np.arange(2), np.array([0])).ap == 1


def test_our_order_finds_all_others_and_is_better_than_chance(prepared: FindScene) -> None:
    clicked = drawn(prepared, 5, 0)
    shown = Shown.on(prepared, clicked)
    scores = {name: score_of(prepared, arm(prepared, shown).rows, clicked) for name, arm in ARMS.items()}
    assert prepared.recall == 1
    assert scores["find"].ap > 0.95
    assert scores["everything, by chance"].ap < 0.8


def test_a_user_rejects_wrong_polygons_until_a_tenth_is_left() -> None:
    iou = np.zeros((13, 10))
    iou[np.arange(9), np.arange(9)] = 0.9
    spent = _cleaned(scene_of(iou), list(range(13)), 10)
    assert (spent.good, spent.wrong, spent.actions) == (9, 1, 13)
    assert spent.per_hundred == pytest.approx(100 * 13 / 9)


def test_finding_in_rounds_gets_most_objects_for_few_actions(prepared: FindScene) -> None:
    none, spent = costs(prepared, drawn(prepared, 5, 0), (0, 1))
    assert none.actions <= 5 + 2
    assert spent.good >= 23
    assert 5 < spent.actions <= 5 + 5 + 2


def test_a_click_that_no_mask_holds_costs_an_action_and_finds_nothing(prepared: FindScene) -> None:
    off = replace(prepared, clicks=np.full_like(prepared.clicks, -50.0))
    none, reviewed = costs(off, np.array([0]), (0, 2))
    assert (none.actions, none.good, reviewed.actions, reviewed.good) == (1, 0, 1, 0)


def test_what_the_judge_learns_tells_right_from_wrong(prepared: FindScene) -> None:
    rule = fit([prepared], (5, 10, 20), 1)
    shown = Shown.on(prepared, drawn(prepared, 5, 1))
    rows, found = ours(prepared, shown).judged or (None, None)
    assert found is not None
    right = prepared.iou[rows].max(axis=1) >= 0.5
    for chance in (rule.first.chances(found.alone), rule.second.chances(found.evidence)):
        assert chance[right].mean() > chance[~right].mean() + 0.3


def test_a_benchmark_that_is_started_again_measures_nothing_twice(
    squares: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = FakeSegmenter(128, 2, tolerances=(30, 30, 60))
    monkeypatch.setattr(registry, "load", lambda *names: model)
    monkeypatch.setattr(find, "images", lambda source, only, split: Images((squares,)))
    asked = ["--data", "squares", "--work", str(tmp_path), "--examples", "5", "--seeds", "1"]
    assert find.main(asked) == 0
    seen = model.prompts_decoded
    assert find.main(asked) == 0
    assert model.prompts_decoded == seen
    rows = [json.loads(line) for line in (tmp_path / find.ROWS).read_text().splitlines()]
    assert [row["arm"] for row in rows] == list(ARMS)
    assert "| 5 | find | 1.00" in capsys.readouterr().out


def test_candidates_whose_time_a_kill_left_unmeasured_are_found_again(
    squares: Example, tmp_path: Path
) -> None:
    model = FakeSegmenter(128, 2, tolerances=(30, 30, 60))
    first = prepare(squares, model, tmp_path)
    (timing,) = tmp_path.glob("*.json")
    timing.unlink()
    asked = model.prompts_decoded
    again = prepare(squares, model, tmp_path)
    assert model.prompts_decoded == 2 * asked
    assert (len(again.candidates), again.seconds > 0) == (len(first.candidates), True)


def test_objects_of_one_image_are_found_from_examples_on_another(
    squares: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = FakeSegmenter(128, 2, tolerances=(30, 30, 60))
    monkeypatch.setattr(registry, "load", lambda *names: model)
    some = Images((squares, replace(squares, name="again", objects=squares.objects[:3])))
    monkeypatch.setattr(find, "images", lambda source, only, split: some)
    asked = ["--data", "squares", "--work", str(tmp_path), "--examples", "5", "--seeds", "1", "--apart"]
    assert find.main(asked) == 0
    rows = [json.loads(line) for line in (tmp_path / find.ROWS).read_text().splitlines()]
    ours = {row["scene"]: row for row in rows if row["arm"] == "find"}
    assert [(row["from"], row["objects"]) for row in ours.values()] == [("again", 25), ("squares", 3)]
    assert ours["squares"]["ap"] > 0.95


def test_generated_scenes_ask_for_the_most_frequent_class_of_each() -> None:
    found = list(one_kind("tanks"))
    assert found
    assert all(len(example.objects) >= 8 for example in found)


def test_a_find_hits_the_point_that_lies_nearest_to_its_middle(tmp_path: Path) -> None:
    write_raster(tmp_path / "trees.tif", height=40, width=40)
    places = shapely.points(GRID.to_world(np.array([[10.5, 10.5], [14.5, 10.5], [30.5, 30.5]])))
    gpd.GeoDataFrame(geometry=places, crs=UTM).to_file(tmp_path / "trees.geojson")
    (example,) = pointed(tmp_path)
    found = point_agreement([box(6, 6, 10), box(20, 0, 5)], example)
    assert found[0].argmax() == 0
    assert found[0, :2].min() >= 0.5
    assert not found[:, 2].any()
    assert not found[1].any()


def test_the_overview_has_a_line_for_each_set_and_number_of_examples(
    tmp_path: Path,
) -> None:
    figures = dict.fromkeys(find_table.FIGURES, 0.5)
    facts = {"recall": 0.8, "seconds_per_mp": 4.0, "times_encoding": 5.0}
    for name in ("roofs", "roofs-apart"):
        rows = [
            {"scene": f"s{n}", "examples": k, "seed": 0, "arm": "find", **facts, **figures}
            for n in range(3)
            for k in (5, 10)
        ]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- find: overview 10 -->\nold\n<!-- end -->\nafter\n")
    assert find_table.main([str(tmp_path), str(page)]) == 0
    lines = (tmp_path / "table.md").read_text().split("\n\n")[0].splitlines()[2:]
    assert [line.split(" | ")[0] for line in lines] == ["| roofs"] * 2 + ["| roofs apart"] * 2
    assert all("| 3 | " in line and "| 0.80 | 0.50 (0.50 to 0.50) |" in line for line in lines)
    text = page.read_text().splitlines()
    assert (text[0], text[-1], len(text)) == ("before", "after", 2 + 2 + 2 + 2)


def test_the_tables_of_the_page_are_those_of_the_rows() -> None:
    page = (ROOT / "docs/finding.md").read_text(encoding="utf-8")
    assert "<!-- find: overview 10 -->" in page
    assert find_table.filled(page, find_table.read_sets(ROOT / "benchmarks/rows/find")) == page
