"""``python -m engine.train`` over files: adapter, card, report and resume."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import shapely.affinity
import torch
from safetensors.torch import load_file

from engine import segment, train
from engine.models import registry
from engine.reading.raster import RasterSource
from tests.engine.model_helpers import shallow_module
from tests.training.adapt.helpers import arguments, card_of, refused
from training.adapt import card as card_module
from training.adapt.adapter_folder import checkpoint_of
from training.adapt.evaluation import Evaluation, HeldOutFigures
from training.adapt.report import draw_changes, write_report
from training.adapt.verdict import SCORES, Verdict
from training.run_lock import only_run
from training.scenes import SceneFiles

ROOT = Path(__file__).resolve().parents[3]


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
    assert card["base_sha256"] == registry.load(str(tiny), "cpu").base_sha256
    assert card["objects"]["learned"] + card["objects"]["held_out"] == 8
    assert card["steps"] == 3
    assert card["verdict"]["measure"].startswith("IoU")
    assert card["rasters"][0]["metres_per_pixel"] == pytest.approx(0.5, rel=0.01)
    assert card["status"] in ("accepted", "unproven", "rejected")
    assert "resam train" in card["command"]


def test_the_report_tells_the_verdict_and_the_command(adapter: Path) -> None:
    page, card = html.unescape((adapter / "report.html").read_text()), card_of(adapter)
    for part in (card["command"], card["verdict"]["reason"], card["verdict"]["measure"]):
        assert part in page
    assert "<img" in page


def test_the_objects_that_changed_most_are_shown_before_above_after(scene: SceneFiles) -> None:
    with RasterSource.open(str(scene.raster)) as raster:
        left, top = raster.grid.to_world([(0, 0)])[0]
        squares = [shapely.box(left + x, top - x - 20, left + x + 20, top - x) for x in (10, 60)]
        moved = shapely.affinity.translate(squares[1], 10, 0)

        def look(*shapes: shapely.Geometry) -> HeldOutFigures:
            columns = {"prompt_id": [1, 2], "status": "accepted", "score": 0.9}
            frame = gpd.GeoDataFrame(columns, geometry=list(shapes), crs=raster.grid.crs_wkt)
            return HeldOutFigures({}, {}, [frame])

        nothing = Verdict("no evidence", "IoU", 0, 0.0, 0.0, None, None, "")
        evaluation = Evaluation(look(*squares), look(squares[0], moved), nothing, {})
        picture = draw_changes(evaluation, [raster])
        same = draw_changes(Evaluation(look(*squares), look(*squares), nothing, {}), [raster])
    assert picture is not None
    pixels = np.asarray(picture).astype(int)
    assert pixels.shape == (606, 300, 3), "only one changed"
    assert (np.abs(pixels[:300] - pixels[306:]).sum(axis=2) > 30).any()
    assert same is None


def test_clicks_that_cannot_be_used_are_told_with_their_reason(
    scene: SceneFiles, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clicks = gpd.read_file(scene.points)
    off = clicks.iloc[:2].copy()
    off.geometry = off.geometry.translate(1e5)
    off["object_id"] = clicks["object_id"].max() + 1 + np.arange(2) if "object_id" in clicks else None
    pd.concat([clicks, off], ignore_index=True).to_file(tmp_path / "more.gpkg")
    asked = arguments(scene, tiny, tmp_path / "a", "--epochs", "1", "--json")
    asked[asked.index("--points") + 1] = str(tmp_path / "more.gpkg")
    assert train.main(asked) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (told,) = [event for event in events if event["event"] == "rejected"]
    assert told["count"] == 2
    assert "outside" in told["reason"]


def test_segment_takes_the_adapter(adapter: Path, scene: SceneFiles, tiny: Path, tmp_path: Path) -> None:
    files = ["--raster", str(scene.raster), "--points", str(scene.points), "--out", str(tmp_path / "p.gpkg")]
    assert segment.main([*files, "--model", str(tiny), "--adapter", str(adapter), "--quiet"]) == 0
    frame = gpd.read_file(tmp_path / "p.gpkg", layer="segments")
    assert (frame["adapter"] == str(adapter)).all()


def test_without_references_the_verdict_says_what_it_rests_on(
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
    assert names.index("estimate") < names.index("step")
    verdict = next(event for event in events if event["event"] == "verdict")
    assert verdict["measure"] == SCORES, "the tiny model has no calibration"
    assert verdict["word"] != "better"
    card = card_of(tmp_path / "a")
    assert {part["word"] for part in card["verdict"]["proxies"].values()} <= {"rose", "fell", "unclear"}


def test_a_report_never_calls_a_proxy_better_or_worse(scene: SceneFiles, tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"prompt_id": [1]}, geometry=[shapely.box(0, 0, 1, 1)])
    look = HeldOutFigures({}, {}, [frame])
    parts = {
        name: Verdict(word, name, 9, 0.5, 0.6, 0.0, 0.1, "")
        for name, word in (("stability", "better"), ("clicks", "worse"), ("neighbours", "no evidence"))
    }
    evaluation = Evaluation(look, look, Verdict("worse", "IoU", 9, 0.6, 0.5, -0.2, -0.1, ""), parts)
    assert [part["word"] for part in evaluation.to_dict()["proxies"].values()] == ["rose", "fell", "unclear"]
    objects = {"learned": 1, "held_out": 9, "clicks": 1}
    card = {"base": "tiny", "model": "tiny", "objects": objects, "steps": 1, "seconds": 1.0, "command": "x"}
    write_report(tmp_path, card | {"notes": ["it rained"]}, [{"step": 1.0, "loss": 1.0}], evaluation, [])
    page = (tmp_path / "report.html").read_text()
    assert "Note: it rained." in page
    rows = re.findall("<tr>(.*?)</tr>", page, re.DOTALL)
    cells = [re.sub("<[^>]+>", " ", row).split() for row in rows]
    said = {cell[0]: cell[-1] for cell in cells if cell}
    assert {
        "IoU": "worse",
        "stability": "rose",
        "clicks": "fell",
        "neighbours": "unclear",
    }.items() <= said.items()


def test_a_disk_that_is_full_at_the_end_is_one_line_and_the_run_can_go_on(
    scene: SceneFiles,
    tiny: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = arguments(scene, tiny, tmp_path / "a", "--epochs", "1", "--quiet")

    def full(*given: object, **named: object) -> int:
        raise OSError(28, "No space left on device")

    for where in ("write_bytes", "write_text"):
        with monkeypatch.context() as patch:
            patch.setattr(Path, where, full)
            assert train.main([*asked, "--resume"] if (tmp_path / "a").exists() else asked) == 2
        lines = capsys.readouterr().err.splitlines()
        assert len([line for line in lines if "No space left" in line]) == 1
        assert not any("Traceback" in line for line in lines)
        assert not (tmp_path / "a" / "card.json").exists()
        assert not list((tmp_path / "a").rglob("*.part"))
    assert train.main([*asked, "--resume"]) == 0
    assert card_of(tmp_path / "a")["steps"] == 1


def test_a_sam_checkpoint_is_adapted_and_its_adapter_used(scene: SceneFiles, tmp_path: Path) -> None:
    model = tmp_path / "sam.pth"
    torch.save(shallow_module().state_dict(), model)
    assert train.main(arguments(scene, model, tmp_path / "a", "--epochs", "1", "--quiet")) == 0
    card = card_of(tmp_path / "a")
    assert card["base"].startswith("sam_vit")
    assert card["base_sha256"] == registry.load(str(model), "cpu").base_sha256
    files = ["--raster", str(scene.raster), "--points", str(scene.points), "--out", str(tmp_path / "p.gpkg")]
    assert segment.main([*files, "--model", str(model), "--adapter", str(tmp_path / "a"), "--quiet"]) == 0


def test_the_same_seed_gives_the_same_adapter(
    adapter: Path, scene: SceneFiles, tiny: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again"
    assert train.main(arguments(scene, tiny, again, "--epochs", "3", "--quiet")) == 0
    one, other = (load_file(folder / "adapter_model.safetensors") for folder in (adapter, again))
    assert all((one[name] == other[name]).all() for name in one)


def test_a_rejected_adapter_takes_no_sound_ones_place(
    adapter: Path, scene: SceneFiles, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "mine"
    shutil.copytree(adapter, out)
    sound = {path.name: path.read_bytes() for path in out.iterdir()}
    for word in card_module.STATUS:
        monkeypatch.setitem(card_module.STATUS, word, "rejected")
    asked = arguments(scene, tiny, out, "--epochs", "1", "--overwrite", "--quiet")
    for _ in range(2):
        assert train.main(asked) == 0
        assert {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()} == sound
        assert card_of(out / "rejected")["status"] == "rejected"
        assert (out / "rejected" / "report.html").exists()
    # In place of another that was rejected there is nothing to lose.
    asked[asked.index(str(out))] = str(out / "rejected")
    before = card_of(out / "rejected")
    assert train.main(asked) == 0
    assert card_of(out / "rejected") != before
    assert not (out / "rejected" / "rejected").exists()


def test_a_killed_run_goes_on_to_the_same_weights(
    adapter: Path, scene: SceneFiles, tiny: Path, tmp_path: Path
) -> None:
    out = tmp_path / "killed"
    asked = arguments(scene, tiny, out, "--epochs", "3")
    # Saves after every step, and dies by SIGKILL in its second.
    code = (
        "import os, signal, sys\n"
        "from training.adapt import trainer\n"
        "trainer.SAVE_SECONDS = 0\n"
        "plain = trainer.Adaptation._one\n"
        "def one(run):\n"
        "    if run.step == 1: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return plain(run)\n"
        "trainer.Adaptation._one = one\n"
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


@pytest.mark.parametrize("more", [[], ["--overwrite"], ["--resume"]])
def test_a_second_run_in_the_folder_of_a_first_is_refused_and_changes_nothing(
    scene: SceneFiles, tiny: Path, tmp_path: Path, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "shared"
    state = checkpoint_of(out)
    with only_run(out, "--out"):
        state.parent.mkdir()
        state.write_bytes(b"of the first")
        if not more:
            state.unlink()
        assert "another run is at work in it" in refused(capsys, *arguments(scene, tiny, out, *more))
        assert state.exists() == bool(more)


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
    assert "continue it with --resume" in errors
    assert (out / ".run" / "checkpoint.pt").exists()
