"""The benchmark: its arms, its clicks, its arithmetic, and a whole run in small."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import ConfigError
from engine.models.base import Embedding, PromptBatch
from engine.models.nano import NanoSegmenter
from tests.training.adapt.helpers import tiny_file
from training import results
from training.adapt.options import PRESETS
from training.adapt.trainer import Diverged
from training.benchmark import run as benchmark
from training.benchmark import tasks
from training.benchmark.arms import (
    ARMS,
    DIRECT,
    NAMES,
    NO_EMA,
    POINTSAM_PUBLISHED,
    PROTOTYPE_WEIGHT,
    PROTOTYPES,
    PUBLISHED,
    RESAM_PUBLISHED,
    arm_options,
)
from training.benchmark.datasets import Dataset
from training.benchmark.protocols import AnswerMode, Example, evaluate_image
from training.benchmark.rows import Task, check_options, line_of, read_rows
from training.benchmark.setting import Setting
from training.benchmark.table import summarise, table
from training.patch import Patch
from training.results import add_lines, go_on_with


def rows(arm: str, *iou: float, seed: int = 0) -> list[dict[str, object]]:
    return [
        {
            "arm": arm,
            "points": 1,
            "seed": seed,
            "way": "single pass",
            "image": f"{k}",
            "iou": v,
            "f1": v,
            "watched": {},
        }
        for k, v in enumerate(iou)
    ]


def entry(results: dict[str, object], arm: str) -> dict[str, object]:
    entries: list[dict[str, object]] = results["entries"]  # type: ignore[assignment]
    return next(e for e in entries if e["arm"] == arm)


def test_the_gap_closed_is_the_share_of_what_supervision_gains() -> None:
    found = summarise([*rows(DIRECT, 0.4, 0.5), *rows("resam", 0.5, 0.6), *rows("supervised", 0.6, 0.7)], {})
    assert entry(found, "resam")["gap_closed"] == pytest.approx(0.5)
    assert entry(found, "resam")["above_direct"]["mean"] == pytest.approx(10)  # type: ignore[index]
    assert "50 %" in table(found)


def test_no_gap_is_claimed_where_supervision_does_not_help() -> None:
    found = summarise([*rows(DIRECT, 0.6), *rows("resam", 0.7), *rows("supervised", 0.5)], {})
    assert entry(found, "resam")["gap_closed"] is None


def test_means_go_over_seeds_then_images() -> None:
    found = summarise([*rows(DIRECT, 0.2, 0.4), *rows(DIRECT, 0.4, 0.6, seed=1)], {})
    assert entry(found, DIRECT)["iou"] == pytest.approx(40)
    assert entry(found, DIRECT)["by_seed"] == pytest.approx([30, 50])
    assert entry(found, DIRECT)["images"] == 2


@pytest.mark.parametrize("name", [name for name in NAMES if name not in (DIRECT, PROTOTYPES, *PUBLISHED)])
def test_arms_differ_in_their_targets_alone(name: str) -> None:
    own, base = arm_options(name).to_dict(), arm_options("resam").to_dict()
    differing = {key for key in base if own[key] != base[key]}
    beside = {"resam-no-ssa": {"ssa"}, "resam-ssa-v1": {"ssa_form", "queue"}, NO_EMA: {"final"}}
    beside |= {port: {"teacher", "comparator"} for port in ("dept", "tribe", "wesam")}
    assert differing == beside.get(name, {"teacher"} - {"teacher" if name == "resam" else ""})


def test_published_settings_are_the_papers_rate_and_adapter_with_each_methods_own_loss() -> None:
    paper = PRESETS["paper"]
    assert arm_options(RESAM_PUBLISHED) == paper
    pointsam = arm_options(POINTSAM_PUBLISHED)
    assert pointsam.teacher.kind == "pointsam"
    assert (pointsam.ssa, pointsam.prototype) == (0.0, PROTOTYPE_WEIGHT)
    assert replace(pointsam, teacher=paper.teacher, ssa=paper.ssa, prototype=0.0) == paper


def test_rows_of_an_arm_whose_options_changed_are_refused_and_the_others_are_not(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    kept, changed = (line_of(Task(arm, 1, 0), rows(arm, 0.5)) for arm in ("pointsam", "resam"))
    add_lines(path, [kept])
    check_options(path)
    add_lines(path, [changed | {"options": "0" * 12}])
    with pytest.raises(ConfigError, match="the rows of resam were measured with other options"):
        check_options(path)


def test_an_unknown_arm_is_refused() -> None:
    with pytest.raises(ConfigError, match="no arm"):
        arm_options("best")


def test_a_whole_run_measures_every_arm_and_goes_on_where_it_was(
    coco: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--data", str(coco), "--work", str(tmp_path / "w"), "--model", str(tiny_file(tmp_path))]
    asked += [
        "--points",
        "1",
        "--seeds",
        "1",
        "--steps",
        "2",
        "--train",
        "3",
        "--test",
        "2",
        "--workers",
        "1",
    ]
    assert benchmark.main([*asked, "--arms", "direct,resam"]) == 0
    assert benchmark.main([*asked, "--arms", ",".join(ARMS)]) == 0
    found = json.loads((tmp_path / "w" / "results.json").read_text())
    assert [e["arm"] for e in found["entries"]] == list(ARMS)
    lines = (tmp_path / "w" / "rows.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)["arm"] for line in lines) == sorted(ARMS)
    assert all(len(json.loads(line)["ways"]["single pass"]) == 2 for line in lines)
    capsys.readouterr()
    assert benchmark.main([*asked, "--steps", "3"]) == 2
    assert "other settings" in capsys.readouterr().err


def test_a_task_that_diverges_does_not_cost_the_others_theirs(
    coco: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def task(task: Task, setting: Setting) -> list[dict[str, object]]:
        if task.arm == "resam":
            raise Diverged("the loss became nan")
        key = {"arm": task.arm, "points": task.points, "seed": task.seed, "way": "single pass"}
        return [key | {"image": "a", "iou": 0.5, "f1": 0.6, "watched": {}}]

    monkeypatch.setattr(benchmark, "run_task", task)
    monkeypatch.setattr(results, "ProcessPoolExecutor", ThreadPoolExecutor)
    model = str(tiny_file(tmp_path))
    asked = ["--data", str(coco), "--work", str(tmp_path), "--model", model, "--points", "1"]
    assert benchmark.main([*asked, "--seeds", "2", "--arms", "resam,direct"]) == 2
    assert "2 tasks have no rows" in capsys.readouterr().err
    assert "| 1 | single pass | direct | 2 |" in (tmp_path / "table.md").read_text()
    assert [found.arm for found in read_rows(tmp_path / "rows.jsonl")] == ["direct", "direct"]


def test_only_seeds_that_both_have_are_compared() -> None:
    direct = [*rows(DIRECT, 0.4, 0.4), *rows(DIRECT, 0.9, 0.9, seed=1)]
    found = entry(summarise([*direct, *rows("resam", 0.5, 0.5)], {}), "resam")
    assert found["above_direct"]["mean"] == pytest.approx(10)  # type: ignore[index]


def test_arms_without_a_draw_in_common_are_not_compared() -> None:
    measured = [*rows(DIRECT, 0.4), *rows("resam", 0.5, seed=1), *rows("self-training", 0.4)]
    found = summarise(measured, {})
    assert not {"above_direct", "gap_closed"} & entry(found, "resam").keys()
    assert entry(found, "resam")["above"] == {}
    assert "| 1 | single pass | resam | 1 | 50.0 |" in table(found)


def test_another_way_stands_beside_its_single_pass_with_the_same_draws() -> None:
    zoomed = [row | {"way": "refine + requery + zoom"} for row in rows("resam", 0.6)]
    found = summarise([*rows("resam", 0.5), *rows("resam", 0.1, seed=1), *zoomed], {})
    single, other = (e for e in found["entries"] if e["arm"] == "resam")
    assert "single_pass" not in single
    assert other["single_pass"] == pytest.approx(50)
    text = table(found)
    assert "| 1 | single pass | resam | 2 | 30.0 |" in text
    assert "| 1 | refine + requery + zoom | resam | 1 | 60.0 | 60.0 to 60.0 | 50.0 |" in text


def test_an_error_ends_the_run_at_once_and_keeps_what_was_measured(
    coco: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []

    def task(task: Task, setting: Setting) -> list[dict[str, object]]:
        begun.append(task.seed)
        if task.seed == 1:
            raise ZeroDivisionError("a bug")
        time.sleep(0.1 if task.seed else 0)
        return rows(DIRECT, 0.5, seed=task.seed)

    monkeypatch.setattr(benchmark, "run_task", task)
    monkeypatch.setattr(results, "ProcessPoolExecutor", ThreadPoolExecutor)
    asked = ["--data", str(coco), "--work", str(tmp_path), "--model", str(tiny_file(tmp_path))]
    with pytest.raises(ZeroDivisionError):
        benchmark.main([*asked, "--arms", "direct", "--points", "1", "--seeds", "50", "--workers", "1"])
    assert len(begun) < 50
    assert Task(DIRECT, 1, 0) in read_rows(tmp_path / "rows.jsonl")


@pytest.mark.parametrize(
    ("supervised", "label", "holds"), [(0.49, 0.6, [True, True]), (0.45, 0.2, [False] * 2)]
)
def test_gates_are_told_with_the_table(supervised: float, label: float, holds: list[bool]) -> None:
    resam = rows("resam", 0.44, 0.44)
    resam = [row | {"watched": {"label_iou": [label, 0.7], "click_iou": [0.5, 0.5]}} for row in resam]
    others = [*rows(DIRECT, 0.4, 0.4), *rows("self-training", 0.41, 0.43)]
    results = summarise([*others, *resam, *rows("supervised", supervised, supervised)], {})
    assert [gate["holds"] for gate in results["gates"]] == holds
    text = table(results)
    assert ("**fails**" in text) != holds[0]
    assert "| 1 | resam | +2.0 (+1.0 to +3.0) |  |" in text


def test_targets_that_are_better_in_some_draws_alone_do_not_pass_the_gate() -> None:
    watched = [{"label_iou": [a, b], "click_iou": [0.5, 0.5]} for a, b in ((0.6, 0.6), (0.52, 0.46))]
    resam = [row | {"watched": w} for k, w in enumerate(watched) for row in rows("resam", 0.4, seed=k)]
    results = summarise(resam, {})
    assert entry(results, "resam")["target_gains"] == pytest.approx([10, -1])
    (gate,) = results["gates"]
    assert (gate["measured"], gate["holds"]) == (4.5, False)


def test_scenes_larger_than_a_tile_have_no_protocol_a(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(results, "ProcessPoolExecutor", ThreadPoolExecutor)
    monkeypatch.setattr(tasks, "_dataset", lambda *given: Dataset("scenes", (), (), whole=False))
    asked = ["--data", "x", "--work", str(tmp_path), "--model", str(tiny_file(tmp_path))]
    assert benchmark.main([*asked, "--protocol", "A", "--arms", "direct"]) == 2
    assert "--protocol A" in capsys.readouterr().err


def test_a_task_that_a_kill_cut_short_is_measured_again(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    whole = rows(DIRECT, 0.25, 0.123456)
    add_lines(path, [line_of(Task(DIRECT, 1, 0), whole)])
    with path.open("a") as file:
        file.write('{"arm": "re')
    assert list(read_rows(path)) == [Task(DIRECT, 1, 0)]
    go_on_with(path)
    found = read_rows(path)
    assert list(found) == [Task(DIRECT, 1, 0)]
    assert [row["iou"] for row in found[Task(DIRECT, 1, 0)]] == [0.25, 0.1235]
    assert found[Task(DIRECT, 1, 0)][0] == whole[0]
    add_lines(path, [line_of(Task("resam", 1, 0), rows("resam", 0.5))])
    assert list(read_rows(path)) == [Task(DIRECT, 1, 0), Task("resam", 1, 0)]


def test_rows_are_gone_on_with_wherever_the_data_lie(coco: Path, tmp_path: Path) -> None:
    asked = [
        "--work",
        str(tmp_path / "w"),
        "--model",
        str(tiny_file(tmp_path)),
        "--points",
        "1",
        "--seeds",
        "1",
    ]
    asked += ["--train", "3", "--test", "2", "--workers", "1"]
    moved = tmp_path / "elsewhere" / coco.name
    moved.parent.mkdir()
    moved.symlink_to(coco)
    assert benchmark.main([*asked, "--data", str(coco), "--arms", "direct"]) == 0
    assert benchmark.main([*asked, "--data", str(moved), "--arms", "direct"]) == 0
    assert str(tmp_path) not in (tmp_path / "w" / "setting.json").read_text().replace(asked[3], "")


def test_rows_of_one_class_are_kept_apart_from_those_of_all() -> None:
    setting = Setting("d", "nano", "", "C", 1, None, None, 0, "fp32")
    assert replace(setting, only="roof").identity() == {**setting.identity(), "only": "roof"}
    assert "only" not in setting.identity()


def test_protocol_a_feeds_plain_pixels_and_asks_for_half_a_logit() -> None:
    import torch

    from engine.models.base import Decoded
    from engine.models.tensors import PIXEL_MEAN, PIXEL_STD, image_batch

    class Spy:
        name, sha256, image_size, mask_size = "spy", "0" * 64, 64, 64
        device = torch.device("cpu")

        def embed(self, images: torch.Tensor) -> Embedding:
            mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (PIXEL_MEAN, PIXEL_STD))
            self.seen = (images - mean) / std
            return Embedding(torch.zeros(1, 1, 4, 4))

        def encode(self, image: np.ndarray) -> Embedding:
            return self.embed(image_batch(image, 64, self.device))

        def decode(self, embedding: Embedding, prompts: PromptBatch, multimask: bool) -> Decoded:
            logits = torch.full((1, 1, 64, 64), 0.4)
            logits[..., :32] = 0.5
            return Decoded(logits, torch.ones(1, 1))

    spy = Spy()
    image = np.full((64, 64, 3), 51, np.uint8)
    half = Patch(0, 0, np.ones((64, 32), bool))
    arm = AnswerMode("a", 1, paper_exact=True)
    scores = evaluate_image(spy, Example("x", image, (half,)), arm, (0,))  # type: ignore[arg-type]
    assert torch.allclose(spy.seen, torch.full_like(spy.seen, 0.2), atol=1e-5)
    assert scores[0, 0] == 1


@pytest.mark.parametrize(("side", "scales"), [(640, {1.25, 1.0}), (512, {1.0})])
def test_images_made_smaller_are_adapted_on_at_their_own_scale_too(side: int, scales: set[float]) -> None:
    mask = np.zeros((side, side), bool)
    mask[20:60, 20:60] = True
    example = Example("x", np.zeros((side, side, 3), np.uint8), (Patch.of(mask),))
    data = Dataset("d", (example,), (), whole=True)
    setting = Setting("d", "nano", "", "C", 1, None, None, 0, "fp32")
    tiles = tasks.training_tiles(data, Task("resam", 1, 0), setting, 512, 256)
    assert {round(tile.job.tile.scale, 2) for tile in tiles} == scales


def test_at_their_own_resolution_images_are_not_made_smaller(coco: Path) -> None:
    setting = Setting(str(coco), "nano", "", "C", 1, 3, 2, 0, "fp32", own_resolution=True)
    shown = [tasks._dataset(replace(setting, own_resolution=own)) for own in (False, True)]
    assert [data.whole for data in shown] == [True, False]
    tiles = tasks.training_tiles(shown[1], Task("resam", 1, 0), setting, 64, 32)
    assert tiles
    assert {tile.job.tile.scale for tile in tiles} == {1.0}
    assert tasks.ways(shown[1], Task("resam", 1, 0), setting)[0].pipeline == tasks.SINGLE


def test_protocol_a_and_own_resolution_exclude_each_other(
    coco: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--data", str(coco), "--work", str(tmp_path / "w"), "--model", str(tiny_file(tmp_path))]
    asked += ["--arms", "direct", "--points", "1", "--seeds", "1", "--workers", "1"]
    assert benchmark.main([*asked, "--protocol", "A", "--own-resolution"]) == 2
    assert "not with --engine or --own-resolution" in capsys.readouterr().err
    assert benchmark.main([*asked, "--protocol", "A", "--engine"]) == 2
    assert "not with --engine or --own-resolution" in capsys.readouterr().err
    assert not (tmp_path / "w" / "setting.json").exists(), "a mended command can use the folder"


@pytest.mark.parametrize("protocol", ["A", "B"])
def test_protocols_a_and_b_train_and_test_with_clicks_beside_the_object_too(
    protocol: str, coco: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int]] = []
    fed: set[bool] = set()

    def noted(module: object, images: torch.Tensor) -> Embedding:
        # The tile's pixels are whole numbers, unless something was done to them.
        fed.add(bool((images == images.round()).all()))
        return plain_embed(module, images)  # type: ignore[arg-type]

    def told(batch: PromptBatch, device: torch.device) -> PromptBatch:
        seen.append((int((batch.labels == 1).sum()), int((batch.labels == 0).sum())))
        return plain_to(batch, device)

    plain_embed, plain_to = NanoSegmenter.embed, PromptBatch.to
    monkeypatch.setattr(NanoSegmenter, "embed", noted)
    monkeypatch.setattr(PromptBatch, "to", told)
    setting = Setting(str(coco), str(tiny_file(tmp_path)), "", protocol, 2, 2, 1, 0, "fp32")
    rows = tasks.run_task(Task("self-training", 6, 0), setting)
    assert rows
    assert any(negatives for _, negatives in seen[:-1]), "of the training, on tiles that some lie off"
    assert seen[-1][0] == seen[-1][1] > 0, "of the test, on the whole image"
    assert fed == {protocol == "B"}


def test_clicks_are_drawn_anew_for_every_visit_but_in_protocol_c(coco: Path) -> None:
    setting = Setting(str(coco), "nano", "", "C", 10, 3, 2, 0, "fp32")
    data = tasks._dataset(setting)
    once, anew = (
        tasks.training_tiles(data, Task("resam", 1, 0), replace(setting, protocol=p), 64, 64) for p in "CB"
    )
    assert len(anew) >= 10 > len(once)
    first, second = anew[0], anew[len(once)]
    assert (first.job.tile.x, first.job.tile.y) == (second.job.tile.x, second.job.tile.y)
    assert not np.array_equal(first.job.own[0].xy, second.job.own[0].xy)
    assert np.array_equal(once[0].job.own[0].xy, first.job.own[0].xy[:1])


def test_rows_of_every_device_belong_together() -> None:
    setting = Setting("d", "nano", "", "C", 1, None, None, 0, "fp32")
    assert replace(setting, device="cuda").identity() == setting.identity()
