"""The evaluation protocol: clicks, agreement, one pass over an image, the engine's own way, the table."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from engine.config import RefineConfig
from engine.grid import Tile
from tests.fakes import Box, FakeSegmenter, painted
from training.benchmark import measure
from training.benchmark.evalsets import generated
from training.benchmark.protocols import (
    AnswerMode,
    ArrayReader,
    Example,
    draw_clicks,
    evaluate_image,
    rasterized,
)
from training.patch import Patch

SHAPE = (200, 300)
BOXES: tuple[Box, ...] = ((20, 30, 80, 90), (120, 110, 210, 170), (240, 20, 272, 60))
SINGLE = RefineConfig(refine=False, requery=False, zoom=False)


def example() -> Example:
    """Bright boxes on a dark ground."""
    image = np.moveaxis(painted(SHAPE, [(box, 220) for box in BOXES]), 0, -1).copy()
    return Example("boxes", image, tuple(rasterized(shapely.box(*box)) for box in BOXES))


def mask_of(patch: Patch) -> np.ndarray:
    full = np.zeros(SHAPE, bool)
    height, width = patch.mask.shape
    full[patch.y : patch.y + height, patch.x : patch.x + width] = patch.mask
    return full


@given(st.integers(0, 2**32 - 1))
def test_agreement_of_patches_is_that_of_whole_masks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    masks = []
    for _ in range(2):
        (y0, x0), (h, w) = rng.integers(0, 30, 2), rng.integers(1, 40, 2)
        masks.append(np.zeros(SHAPE, bool))
        masks[-1][y0 : y0 + h, x0 : x0 + w] = rng.random((h, w)) < 0.7
    iou, f1 = Patch.of(masks[0]).agreement(Patch.of(masks[1]))
    both, either = (masks[0] & masks[1]).sum(), (masks[0] | masks[1]).sum()
    assert iou == pytest.approx(both / max(either, 1))
    assert f1 == pytest.approx(2 * both / max(masks[0].sum() + masks[1].sum(), 1))
    assert (mask_of(Patch.of(masks[0])) == masks[0]).all()


def test_an_empty_answer_agrees_with_nothing() -> None:
    nothing = rasterized(shapely.Polygon())
    assert nothing.agreement(example().objects[0]) == (0.0, 0.0)


def test_clicks_lie_on_pixel_centres_in_and_outside_the_mask() -> None:
    patch = example().objects[1]
    inside = mask_of(patch)
    xy, labels = draw_clicks(patch, SHAPE, 40, 25, (0,))
    assert labels.tolist() == [1] * 40 + [0] * 25
    assert (xy % 1 == 0.5).all()
    x, y = xy.astype(int).T
    assert inside[y[labels == 1], x[labels == 1]].all()
    assert not inside[y[labels == 0], x[labels == 0]].any()
    assert len(np.unique(xy, axis=0)) > 50, "uniform draws, not one place"


@pytest.mark.parametrize(
    "arm",
    [
        AnswerMode("one pass", 1),
        AnswerMode("three clicks", 3, negatives=1),
        AnswerMode("best of three", 1, choose=True),
        AnswerMode("box", 0),
        AnswerMode("native", 1, pipeline=SINGLE),
        AnswerMode("zoom", 1, pipeline=RefineConfig()),
    ],
    ids=lambda arm: arm.name,
)
def test_a_model_that_is_right_scores_high_whatever_the_way(arm: AnswerMode) -> None:
    scores = evaluate_image(FakeSegmenter(256, 2), example(), arm, (0,))
    assert scores.shape == (3, 2)
    assert (scores[:, 0] > 0.9).all()
    assert (scores[:, 1] >= scores[:, 0]).all()


def test_the_best_of_three_goes_by_predicted_iou() -> None:
    # The second mask is right and the third one floods everything; the single mask is the second.
    trusting = FakeSegmenter(256, 2, ious=(0.2, 0.3, 0.9))
    flooded = evaluate_image(trusting, example(), AnswerMode("x", 1, choose=True), (0,))
    single = evaluate_image(trusting, example(), AnswerMode("x", 1), (0,))
    assert (flooded[:, 0] < 0.2).all()
    assert (single[:, 0] > 0.9).all()


@pytest.mark.parametrize(("single_mask", "three"), [(False, True), (True, False)])
def test_the_engines_way_chooses_among_three_unless_the_protocol_takes_the_single_mask(
    single_mask: bool, three: bool
) -> None:
    model = FakeSegmenter(256, 2)
    mode = AnswerMode("native", 1, pipeline=SINGLE, single_mask=single_mask)
    scores = evaluate_image(model, example(), mode, (0,))
    assert {multimask for _, multimask in model.asked} == {three}
    assert (scores[:, 0] > 0.9).all()


def test_an_array_is_read_like_a_raster() -> None:
    image = np.arange(100, dtype=np.uint8).reshape(10, 10)[..., None].repeat(3, axis=2)
    reader = ArrayReader(image)
    assert (reader.grid.width, reader.grid.height) == (10, 10)
    pixels, valid = reader.read(Tile(0, 0, 0, -2, 4, 8, 8))
    assert valid.sum() == 6 * 6
    assert (pixels[:6, 2:] == image[4:, :6]).all()
    assert not pixels[~valid].any()


def test_held_out_scenes_are_the_same_every_time_and_hold_no_specks() -> None:
    one, two = (list(generated("roofs", 2, 128)) for _ in range(2))
    assert [e.name for e in one] == ["roofs-0", "roofs-1"]
    for first, second in zip(one, two, strict=True):
        assert (first.image == second.image).all()
        assert all(patch.mask.sum() >= 36 for patch in first.objects)


def test_a_measurement_goes_on_where_it_was_and_makes_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arms = (AnswerMode("1 click", 1), AnswerMode("oracle box", 0))
    model = FakeSegmenter(256, 2)
    done = frozenset({("generated", "boxes", "1 click", 0)})
    monkeypatch.setattr(measure, "WHOLE_IMAGE", arms)
    monkeypatch.setattr(measure, "_model", lambda name: measure.CachedEncoder(model))
    rows = measure.measure_image(("generated", 0, example()), "fake", 3, done)
    assert [(row["arm"], row["seed"]) for row in rows] == [("1 click", 1), ("1 click", 2), ("oracle box", 0)]
    assert {row["objects"] for row in rows} == {3}
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert measure.main(["--data", ".", "--work", str(tmp_path), "--table"]) == 0
    table = capsys.readouterr().out.splitlines()
    assert table[0].startswith("| set | images | prompt |")
    assert [line.split(" | ")[2] for line in table[2:4]] == ["1 click", "oracle box"]
    assert float(table[2].split(" | ")[3]) == pytest.approx(
        100 * np.mean([row["iou"] for row in rows[:2]]), abs=0.05
    )


def test_a_card_states_what_was_measured_and_keeps_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {"set": "nwpu", "arm": "1 click", "seed": 0, "objects": 1, "f1": 0.8, "weights": "abc"}
    rows = [row | {"image": name, "iou": iou} for name, iou in (("a", 0.5), ("b", 0.7))]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    card = tmp_path / "card.json"
    metrics = {"what": "IoU", "NWPU dev": {"old": {}}, "roofs": {"1 click": {"iou": 1.0}}}
    card.write_text(json.dumps({"licence": "GPL-3.0-or-later", "sha256": "sha256:abc", "metrics": metrics}))
    arguments = ["--data", ".", "--work", str(tmp_path), "--table", "--card", str(card)]
    assert measure.main(arguments) == 0
    stated = json.loads(card.read_text())
    assert stated["licence"] == "GPL-3.0-or-later"
    assert stated["metrics"]["roofs"] == metrics["roofs"]
    figures = stated["metrics"]["NWPU dev"]
    assert list(figures) == ["1 click"]
    assert (figures["1 click"]["iou"], figures["1 click"]["images"]) == (60.0, 2)
    assert 50 <= figures["1 click"]["interval"][0] <= figures["1 click"]["interval"][1] <= 70
    assert "| NWPU dev | 2 | 1 click | 60.0 |" in capsys.readouterr().out
    card.write_text(json.dumps(stated | {"sha256": "sha256:other"}))
    assert measure.main(arguments) == 2
    assert "other weights" in capsys.readouterr().err


def test_more_clicks_begin_with_the_same_ones() -> None:
    patch = Patch.of(np.tri(40, dtype=bool))
    few, many, mixed = (draw_clicks(patch, SHAPE, n, m, (1, 2)) for n, m in ((1, 0), (5, 0), (1, 3)))
    assert (many[0][:1] == few[0]).all()
    assert (mixed[0][:1] == few[0]).all()
    assert (draw_clicks(patch, SHAPE, 1, 0, (1, 3))[0] != few[0]).any()


def test_differences_are_paired_by_image() -> None:
    row = {"set": "nwpu", "seed": 0, "f1": 0.0}
    arms = {"1 click": (0.1, 0.9), "oracle box": (0.2, 1.0), "2 clicks": (0.0, 1.0)}
    rows = [
        row | {"arm": arm, "image": image, "iou": iou}
        for arm, ious in arms.items()
        for image, iou in zip("ab", ious, strict=True)
    ]
    lines = measure.differences(rows).splitlines()[2:]
    assert lines == [
        "| NWPU dev | 2 clicks | +0.0 | -10.0 to +10.0 |",
        "| NWPU dev | oracle box | +10.0 | +10.0 to +10.0 |",
    ]


@pytest.fixture
def one_tiny_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every set is one generated image of 128 pixels, with two objects."""
    image = next(generated("roofs", 1, 128))
    tiny = Example(image.name, image.image, image.objects[:2])
    monkeypatch.setattr(measure, "examples", lambda name, data: iter([tiny]))


def test_a_measurement_runs_goes_on_and_refuses_rows_of_other_weights(
    one_tiny_set: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--data", ".", "--work", str(tmp_path), "--sets", "held", "--seeds", "1", "--workers", "1"]
    assert measure.main(command) == 0
    path = tmp_path / "rows.jsonl"
    lines = path.read_text().splitlines()
    assert len(lines) == len(measure.WHOLE_IMAGE)
    assert "| fields and panels, held out | 1 | oracle box |" in capsys.readouterr().out
    # A kill cut the last line short: it is measured again, the others are not.
    path.write_text("\n".join([*lines[:-1], lines[-1][:20]]))
    assert measure.main(command) == 0
    assert path.read_text().splitlines() == lines
    path.write_text(json.dumps(json.loads(lines[0]) | {"weights": "others"}) + "\n")
    capsys.readouterr()
    assert measure.main(command) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("measure: ")


@pytest.mark.parametrize("sets", ["roofs", "nwpu", "held"])
def test_missing_data_is_one_line_and_code_2(
    sets: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert measure.main(["--data", str(tmp_path), "--work", str(tmp_path / "work"), "--sets", sets]) == 2
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    assert "check the data folder" in complaint


def test_embeddings_are_made_once_a_tile() -> None:
    model = FakeSegmenter(64)
    cached = measure.CachedEncoder(model)
    tiles = [np.full((64, 64, 3), value, np.uint8) for value in (1, 2, 1)]
    kept = [cached.encode(tile) for tile in tiles]
    assert len(model.encoded) == 2
    assert kept[0] is kept[2]


def test_an_object_that_leaves_no_room_has_no_negatives() -> None:
    xy, labels = draw_clicks(Patch(0, 0, np.ones((4, 6), bool)), (4, 6), 2, 3, (0,))
    assert labels.tolist() == [1, 1]
    assert xy.shape == (2, 2)
