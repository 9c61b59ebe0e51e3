"""``python -m engine.train`` over files: adapter, card, report, resume, and every way to refuse."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from safetensors.torch import load_file
from shapely.geometry import Point

from engine import adapters, segment, train
from engine.merged import is_adapted
from engine.models import registry
from engine.models.lora import LoraSpec, save_adapter
from engine.report import Reporter
from tests.engine.model_helpers import shallow_segmenter
from tests.training.adapt.helpers import tiny_file
from training.adapt import command as train_command
from training.adapt import loop
from training.adapt.options import PRESETS
from training.adapt.session import Outcome, TrainRequest, open_sources
from training.adapt.student import Student
from training.scenes import SceneFiles, write_scene
from training.scenes.mosaic import mosaic

ROOT = Path(__file__).resolve().parents[3]
QUICK = ["--rank", "2", "--targets", "qkv", "--threads", "1", "--device", "cpu"]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> SceneFiles:
    folder = tmp_path_factory.mktemp("scène with space")
    rng = np.random.default_rng(1)
    return write_scene(mosaic(rng, [["roofs"]], 256, gsd=0.5, most=8), folder, rng)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_file(tmp_path_factory.mktemp("model"))


def arguments(scene: SceneFiles, tiny: Path, out: Path, *more: str) -> list[str]:
    files = ["--raster", str(scene.raster), "--points", str(scene.points), "--out", str(out)]
    return [*files, "--model", str(tiny), *QUICK, *more]


@pytest.fixture(scope="module")
def adapter(scene: SceneFiles, tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "adapter"
    assert train.main(arguments(scene, tiny, out, "--epochs", "3", "--reference", str(scene.objects))) == 0
    return out


def card_of(folder: Path) -> dict:  # type: ignore[type-arg]  # plain JSON
    return dict(json.loads((folder / "card.json").read_text()))


def test_the_folder_holds_a_peft_adapter_a_card_and_a_report(adapter: Path, tiny: Path) -> None:
    names = {path.name for path in adapter.iterdir()}
    assert {
        "adapter_config.json",
        "adapter_model.safetensors",
        "card.json",
        "report.html",
        "curves.png",
    } <= names
    assert ".run" not in names
    card = card_of(adapter)
    assert card["base_sha256"] == registry.load(str(tiny), "cpu").sha256
    assert card["objects"]["learned"] + card["objects"]["held_out"] == 8
    assert card["steps"] == 3
    assert card["verdict"]["measure"].startswith("IoU")
    assert card["rasters"][0]["metres_per_pixel"] == pytest.approx(0.5, rel=0.01)
    assert card["status"] in ("accepted", "unproven", "rejected")
    assert "resam train" in card["command"]


def test_segment_takes_the_adapter(adapter: Path, scene: SceneFiles, tiny: Path, tmp_path: Path) -> None:
    files = ["--raster", str(scene.raster), "--points", str(scene.points), "--out", str(tmp_path / "p.gpkg")]
    assert segment.main([*files, "--model", str(tiny), "--adapter", str(adapter), "--quiet"]) == 0
    frame = gpd.read_file(tmp_path / "p.gpkg", layer="segments")
    assert (frame["adapter"] == str(adapter)).all()


def test_without_references_the_verdict_calls_its_figures_proxies(
    scene: SceneFiles, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train.main(arguments(scene, tiny, tmp_path / "a", "--epochs", "1", "--json")) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    names = [event["event"] for event in events]
    assert [name for name in names if name in ("objects", "estimate", "verdict", "done")] == [
        "objects",
        "estimate",
        "verdict",
        "done",
    ]
    assert names.count("step") == 1
    verdict = next(event for event in events if event["event"] == "verdict")
    assert "proxies" in verdict["measure"]


def test_the_same_seed_gives_the_same_adapter(
    adapter: Path, scene: SceneFiles, tiny: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again"
    assert train.main(arguments(scene, tiny, again, "--epochs", "3", "--quiet")) == 0
    one, other = (load_file(folder / "adapter_model.safetensors") for folder in (adapter, again))
    assert all((one[name] == other[name]).all() for name in one)


def test_a_killed_run_goes_on_to_the_same_weights(
    adapter: Path, scene: SceneFiles, tiny: Path, tmp_path: Path
) -> None:
    out = tmp_path / "killed"
    asked = arguments(scene, tiny, out, "--epochs", "3")
    # Saves after every step, and dies by SIGKILL in its second.
    code = (
        "import os, signal, sys\n"
        "from training.adapt import loop, running\n"
        "running.SAVE_SECONDS = 0\n"
        "plain = loop.Adaptation._one\n"
        "def one(run):\n"
        "    if run.step == 1: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return plain(run)\n"
        "loop.Adaptation._one = one\n"
        "from engine import train\n"
        "train.main(sys.argv[1:])\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *asked], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert (out / ".run" / "checkpoint.pt").exists()
    assert not (out / "card.json").exists()
    assert train.main([*asked, "--quiet"]) == 2
    assert train.main([*asked, "--resume", "--quiet"]) == 0
    one, other = (load_file(folder / "adapter_model.safetensors") for folder in (adapter, out))
    assert all((one[name] == other[name]).all() for name in one)


def test_an_interrupted_run_says_how_to_go_on(scene: SceneFiles, tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "stopped"
    asked = arguments(scene, tiny, out, "--epochs", "5000")
    running = subprocess.Popen(
        [sys.executable, "-m", "engine.train", *asked, "--json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert running.stdout is not None
    for line in running.stdout:
        if '"step"' in line:
            break
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "go on with --resume" in errors
    assert (out / ".run" / "checkpoint.pt").exists()


def refused(capsys: pytest.CaptureFixture[str], *asked: str) -> str:
    capsys.readouterr()
    try:
        code = train.main(list(asked))
    except SystemExit as left:
        code = int(left.code or 0)
    assert code == 2
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith(("train:", "python -m"))]
    assert len(said) == 1
    return said[0]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--clicks-holdout", "1"], "--clicks-holdout must be"),
        (["--epochs", "0"], "positive number"),
        (["--epochs", "nan"], "positive number"),
        (["--epochs", "1", "--minutes", "1"], "not both"),
        (["--preset", "best"], "invalid choice"),
        (["--seed", "-1"], "whole number"),
        (["--precision", "fp16"], "invalid choice"),
        (["--device", "cuda"], "cuda"),
        (["--resume"], "no unfinished run"),
        (["--reference", "nowhere.gpkg"], "nowhere.gpkg"),
        (["--threads", "0"], "--threads"),
    ],
)
def test_wrong_options_are_one_line(
    more: list[str],
    said: str,
    scene: SceneFiles,
    tiny: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert said in refused(capsys, *arguments(scene, tiny, tmp_path / "a", *more))
    assert not (tmp_path / "a" / "card.json").exists()


def test_points_off_the_raster_are_refused(
    scene: SceneFiles, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    far = gpd.GeoDataFrame(geometry=[Point(0, 0)], crs="EPSG:32632")
    far.to_file(tmp_path / "far.gpkg")
    asked = arguments(scene, tiny, tmp_path / "a")
    asked[asked.index("--points") + 1] = str(tmp_path / "far.gpkg")
    assert "no object to learn from" in refused(capsys, *asked)


def test_a_finished_adapter_is_not_overwritten_unasked(
    adapter: Path, scene: SceneFiles, tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (adapter / "adapter_model.safetensors").read_bytes()
    assert "is there already" in refused(capsys, *arguments(scene, tiny, adapter))
    assert (adapter / "adapter_model.safetensors").read_bytes() == before


def test_a_folder_that_cannot_be_written_is_refused(
    scene: SceneFiles, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be written" in refused(capsys, *arguments(scene, tiny, tmp_path / "file" / "a"))


def test_an_object_held_out_on_one_raster_is_learned_from_on_none(scene: SceneFiles) -> None:
    request = TrainRequest((str(scene.raster), str(scene.raster)), scene.points, Path("unused"), holdout=0.5)
    with ExitStack() as stack:
        one, other = open_sources(request, stack, Reporter("train", quiet=True))
    for first, second in ((one.learned, other.held), (one.held, other.learned)):
        assert not {p.prompt_id for p in first.prompts} & {p.prompt_id for p in second.prompts}
    assert len(one.held.prompts) == len(other.held.prompts) == 4


def test_every_tile_takes_part_in_measuring_usual_sizes(
    scene: SceneFiles, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    plain = loop.with_usual_sizes

    def counted(model: Any, places: Any, looked_at: Any) -> Any:
        seen.append((len(places), len(looked_at)))
        return plain(model, places, looked_at)

    monkeypatch.setattr(loop, "with_usual_sizes", counted)
    teacher = replace(PRESETS["default"].teacher, size_prior=0.2)
    monkeypatch.setitem(PRESETS, "default", replace(PRESETS["default"], teacher=teacher))
    assert train.main(arguments(scene, tiny, tmp_path / "a", "--epochs", "1", "--quiet")) == 0
    assert seen == [(seen[0][0], seen[0][0])]


def test_a_mended_command_runs_after_a_failed_one(
    scene: SceneFiles, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = arguments(scene, tiny, tmp_path / "a", "--epochs", "1", "--quiet")
    wrong = [word.replace("clicks.gpkg", "klicks.gpkg") for word in asked]
    assert "klicks.gpkg" in refused(capsys, *wrong)
    assert train.main(asked) == 0


def test_minutes_bound_the_steps(scene: SceneFiles, tiny: Path, tmp_path: Path) -> None:
    started = time.monotonic()
    assert train.main(arguments(scene, tiny, tmp_path / "a", "--minutes", "0.03", "--quiet")) == 0
    assert card_of(tmp_path / "a")["steps"] >= 1
    assert time.monotonic() - started < 60


def test_adapters_are_listed_compared_and_merged(
    adapter: Path, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert adapters.main(["list", str(adapter), str(adapter.parent)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["adapter", "status", "base"]
    assert len(lines) == 2
    merged = tmp_path / "merged.safetensors"
    assert adapters.main(["merge", str(adapter), "--model", str(tiny), "--out", str(merged)]) == 0
    with_adapter = registry.load(str(tiny), "cpu", adapter)
    alone = registry.load(str(merged), "cpu")
    tile = np.random.default_rng(0).integers(0, 255, (512, 512, 3), dtype=np.uint8)
    one, other = (model.encode(tile).features for model in (with_adapter, alone))
    assert (one - other).abs().max() < 0.02  # merged weights are kept in half precision
    assert is_adapted(str(merged), None), "it answers with the mask that was trained and judged"
    assert not is_adapted(str(tiny), None)
    assert is_adapted(str(tiny), adapter)
    assert adapters.main(["merge", str(adapter), "--model", str(tiny), "--out", str(merged)]) == 2


def test_a_merged_sam_says_so_too(tmp_path: Path) -> None:
    model = shallow_segmenter()
    Student(model, LoraSpec(2, None, ("qkv",)), 0)
    save_adapter(model, tmp_path / "adapter", {"base": "sam_vit_b", "base_sha256": model.sha256})
    path = tmp_path / "merged.safetensors"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "load", lambda *given: model)
        assert adapters.main(["merge", str(tmp_path / "adapter"), "--out", str(path)]) == 0
    assert is_adapted(str(path), None)


@pytest.mark.parametrize("name", ["nano", "nowhere.safetensors", "weights.pth"])
def test_a_model_by_name_and_other_files_are_not_adapted(name: str) -> None:
    assert not is_adapted(name, None)


def test_a_damaged_file_is_left_for_loading_to_complain_of(tmp_path: Path) -> None:
    (tmp_path / "bad.safetensors").write_bytes(b"nothing")
    assert not is_adapted(str(tmp_path / "bad.safetensors"), None)


def test_the_command_to_run_it_again_does_not_resume(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, scene: SceneFiles, tiny: Path
) -> None:
    told: list[str] = []

    def noted(*given: object, command: str, **more: object) -> Outcome:
        told.append(command)
        return Outcome(tmp_path, {})

    monkeypatch.setattr(train_command, "adapt", noted)
    assert train.main(arguments(scene, tiny, tmp_path / "a", "--resume")) == 0
    assert "--resume" not in told[0]
    assert "--points" in told[0]


def test_no_adapter_to_list_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert adapters.main(["list", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
