"""A layer of several classes becomes an adapter for each, and ``segment`` applies each object's own."""

from __future__ import annotations

import json
import shutil
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

from engine import segment, train
from engine.console import Reporter
from tests.training.adapt.helpers import QUICK, card_of, refused
from training.adapt import classes
from training.adapt.card import STATUS
from training.adapt.command import tell_classes
from training.adapt.recipe import AdaptResult
from training.adapt.sources import open_sources
from training.adapt.trainer import Diverged
from training.scenes import SceneFiles, write_scene
from training.scenes.mosaic import mosaic


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> SceneFiles:
    """A scene whose clicks are of two classes, and of a third with a single object."""
    folder = tmp_path_factory.mktemp("kinds")
    rng = np.random.default_rng(3)
    files = write_scene(mosaic(rng, [["roofs", "roofs"]], 256, gsd=0.5, most=16), folder, rng)
    clicks = gpd.read_file(files.points)
    assert len(clicks) >= 13
    clicks = clicks.rename(columns={"class": "CLASS"})  # as a shapefile may have it
    clicks["CLASS"] = ["pool", *["house" if number % 2 else "barn" for number in range(1, len(clicks))]]
    points = folder / "classes.gpkg"
    clicks.to_file(points, layer="points")
    return SceneFiles(raster=files.raster, objects=files.objects, points=points)


def words(layer: SceneFiles, tiny: Path, out: Path, *more: str) -> list[str]:
    files = ["--raster", str(layer.raster), "--points", str(layer.points), "--out", str(out)]
    return [*files, "--model", str(tiny), *QUICK, "--epochs", "2", *more]


@pytest.fixture(scope="module")
def several(layer: SceneFiles, tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("several") / "adapter"
    assert train.main(words(layer, tiny, out, "--reference", str(layer.objects))) == 0
    return out


def learning_nothing(monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    """Let every class have an adapter of that status at once; its files are opened as ever."""
    made = {"base": "tiny", "model": "tiny", "base_sha256": "0" * 64, "made": "", "versions": {}}
    card = made | {"status": status, "notes": [], "objects": {}, "steps": 1, "seconds": 1.0}
    card["verdict"] = {"word": "", "measure": "", "n": 1, "before": 0.5, "after": 0.5, "reason": ""}

    def adapt(request, options, run_options, load_model, reporter):  # type: ignore[no-untyped-def]
        with ExitStack() as stack:
            open_sources(request, stack, reporter)
        request.out.mkdir()
        return AdaptResult(request.out, card)

    monkeypatch.setattr(classes, "adapt", adapt)


def segmented(layer: SceneFiles, tiny: Path, adapter: Path | None, out: Path) -> gpd.GeoDataFrame:
    files = ["--raster", str(layer.raster), "--points", str(layer.points), "--out", str(out)]
    chosen = [] if adapter is None else ["--adapter", str(adapter)]
    asked = [*files, "--model", str(tiny), *chosen, "--device", "cpu", "--threads", "1", "--allow-overlap"]
    # Simplifying goes over all outlines together, and so do looks over wider windows.
    asked += ["--simplify", "0", "--no-zoom"]
    assert segment.main(asked) == 0
    return gpd.read_file(out, layer="segments")


def test_each_class_with_enough_objects_gets_an_adapter_of_its_own(several: Path) -> None:
    card = card_of(several)
    assert set(card["verdicts"]) == {"barn", "house"}
    assert {path.name for path in several.iterdir() if path.is_dir()} == {"class-1", "class-2"}
    parts = [card_of(several / name) for name in ("class-1", "class-2")]
    assert card["objects"]["learned"] == sum(part["objects"]["learned"] for part in parts)
    assert all(part["verdict"]["measure"] == "IoU with the reference polygons" for part in parts)
    assert any("pool: 1 objects, too few" in note for note in card["notes"])
    assert not (several / ".run").exists()
    page = (several / "report.html").read_text()
    assert 'href="class-1/report.html"' in page
    assert "barn" in page


def test_the_last_line_has_the_verdict_of_every_class_and_the_mean_change(
    several: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card = card_of(several)
    made = zip(card["verdicts"].values(), (("better", 0.2, 3), ("worse", -0.1, 1)), strict=True)
    for verdict, (word, change, held) in made:
        verdict |= {"word": word, "before": 0.5, "after": 0.5 + change, "n": held}
    tell_classes(AdaptResult(several, card), Reporter("train", as_json=True))
    done = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert done["event"] == "done"
    assert sorted(done["verdict"].split("; ")) == sorted(
        f"{kind}: {verdict['word']}" for kind, verdict in card["verdicts"].items()
    )
    assert done["change"] == pytest.approx((3 * 0.2 - 0.1) / 4)


def test_segment_applies_each_objects_own_adapter(
    several: Path, layer: SceneFiles, tiny: Path, tmp_path: Path
) -> None:
    card = card_of(several)
    card["classes"] = dict(
        zip(card["verdicts"], ("class-1", "class-2"), strict=True)
    )  # whatever the verdicts
    copy = tmp_path / "adapter"
    shutil.copytree(several, copy)
    (copy / "card.json").write_text(json.dumps(card))
    found = segmented(layer, tiny, copy, tmp_path / "own.gpkg")
    wanted = {kind: copy / name for kind, name in card["classes"].items()} | {"pool": None}
    for number, (kind, adapter) in enumerate(wanted.items()):
        alone = segmented(layer, tiny, adapter, tmp_path / f"{number}.gpkg")
        mine = (found["class"] == kind).to_numpy()
        assert mine.any()
        assert found["adapter"][mine].isna().all() == (adapter is None), "what made it"
        assert np.allclose(found["entropy"][mine], alone["entropy"][mine], equal_nan=True)
        pairs = zip(found.geometry[mine], alone.geometry[mine], strict=True)
        for a, b in pairs:
            assert (a is None and b is None) or a.symmetric_difference(b).area <= 1e-4 * a.area


def test_the_two_adapters_answer_differently(
    several: Path, layer: SceneFiles, tiny: Path, tmp_path: Path
) -> None:
    one, other = (
        segmented(layer, tiny, several / name, tmp_path / f"{name}.gpkg") for name in ("class-1", "class-2")
    )
    assert not np.allclose(one["entropy"], other["entropy"], equal_nan=True)


def test_together_makes_one_adapter_as_ever(layer: SceneFiles, tiny: Path, tmp_path: Path) -> None:
    assert train.main(words(layer, tiny, tmp_path / "one", "--together")) == 0
    assert "classes" not in card_of(tmp_path / "one")
    assert (tmp_path / "one" / "adapter_model.safetensors").exists()


def test_a_rejected_class_is_answered_by_the_base(
    layer: SceneFiles,
    tiny: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    plain = classes.adapt

    def worse_for_barns(request, *rest):  # type: ignore[no-untyped-def]
        outcome = plain(request, *rest)
        return outcome if request.only != "barn" else replaced(outcome)

    def replaced(outcome):  # type: ignore[no-untyped-def]
        return type(outcome)(outcome.out, {**outcome.card, "status": "rejected"}, outcome.evaluation)

    monkeypatch.setattr(classes, "adapt", worse_for_barns)
    assert train.main(words(layer, tiny, tmp_path / "a")) == 0
    assert set(card_of(tmp_path / "a")["classes"]) == {"house"}
    assert "barn: its adapter was rejected, the base answers" in capsys.readouterr().err


def test_a_stopped_run_continues_with_the_class_it_was_at(
    layer: SceneFiles,
    tiny: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    begun: list[str] = []
    plain = classes.adapt

    def stopped(request, *rest):  # type: ignore[no-untyped-def]
        begun.append(request.only)
        if len(begun) == 2:
            raise KeyboardInterrupt
        return plain(request, *rest)

    monkeypatch.setattr(classes, "adapt", stopped)
    out = tmp_path / "a"
    assert train.main(words(layer, tiny, out)) == 130
    assert not (out / "card.json").exists()
    assert "holds an unfinished run" in refused(capsys, *words(layer, tiny, out))
    assert train.main([*words(layer, tiny, out), "--resume"]) == 0
    assert begun == [begun[0], begun[1], begun[1]]
    assert set(card_of(out)["verdicts"]) == {"barn", "house"}


def test_a_class_that_diverged_is_tried_again(
    layer: SceneFiles,
    tiny: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    plain, out, begun = classes.adapt, tmp_path / "a", []

    def diverging(request, *rest):  # type: ignore[no-untyped-def]
        begun.append(request.only)
        outcome = plain(request, *rest)
        if len(begun) != 2:
            return outcome
        card = {"base_sha256": outcome.card["base_sha256"], "status": "diverged", "steps": 1}
        (outcome.out / "card.json").write_text(json.dumps(card))
        raise Diverged("the loss became 1e9")

    monkeypatch.setattr(classes, "adapt", diverging)
    assert train.main(words(layer, tiny, out)) == 2
    assert train.main([*words(layer, tiny, out), "--resume"]) == 0
    assert begun == [begun[0], begun[1], begun[1]]
    assert {verdict["word"] for verdict in card_of(out)["verdicts"].values()} <= set(STATUS)


def test_adapters_that_are_all_rejected_take_the_place_of_none_that_is_sound(
    several: Path,
    layer: SceneFiles,
    tiny: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "adapter"
    shutil.copytree(several, out)
    sound = card_of(out) | {"status": "accepted"}
    (out / "card.json").write_text(json.dumps(sound))
    plain = classes.adapt

    def rejected(request, *rest):  # type: ignore[no-untyped-def]
        outcome = plain(request, *rest)
        return AdaptResult(outcome.out, {**outcome.card, "status": "rejected"})

    monkeypatch.setattr(classes, "adapt", rejected)
    assert train.main(words(layer, tiny, out, "--overwrite")) == 0
    assert card_of(out) == sound
    assert (out / "class-1" / "card.json").exists()
    assert card_of(out / "rejected")["status"] == "rejected"
    assert (out / "rejected" / "class-2" / "card.json").exists()
    assert not (out / ".run").exists()
    assert "keeps its adapter" in capsys.readouterr().err


def test_other_options_or_data_do_not_continue_a_run(
    layer: SceneFiles,
    tiny: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def stopped(*given):  # type: ignore[no-untyped-def]
        raise KeyboardInterrupt

    monkeypatch.setattr(classes, "adapt", stopped)
    out = tmp_path / "a"
    assert train.main(words(layer, tiny, out)) == 130
    clicks = gpd.read_file(layer.points)
    clicks.loc[2, "geometry"] = clicks.geometry[2].buffer(0.6).exterior.interpolate(0)
    clicks.to_file(tmp_path / "moved.gpkg", layer="points")
    moved = replace(layer, points=tmp_path / "moved.gpkg")
    for other, more in ((layer, ("--seed", "9")), (moved, ()), (layer, ("--reference", str(layer.objects)))):
        text = refused(capsys, *words(other, tiny, out, "--resume", *more))
        assert "started with other classes, clicks, rasters or options" in text


def test_what_is_to_know_of_the_files_is_told_once_for_all_classes(
    layer: SceneFiles,
    tiny: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clicks = gpd.read_file(layer.points)
    clicks.loc[0, "geometry"] = clicks.geometry[0].buffer(9000).exterior.interpolate(0)
    clicks.to_file(tmp_path / "off.gpkg", layer="points")
    off = replace(layer, points=tmp_path / "off.gpkg")

    learning_nothing(monkeypatch, "unproven")
    assert train.main(words(off, tiny, tmp_path / "a")) == 0
    said = capsys.readouterr().err
    assert said.count("objects to learn from") == 2
    assert said.count("rejected: ") == 1


def test_of_adapters_that_are_all_rejected_nobody_says_that_the_base_answers(
    layer: SceneFiles, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learning_nothing(monkeypatch, "rejected")
    out = tmp_path / "a"
    assert train.main(words(layer, tiny, out)) == 0
    card = card_of(out)
    assert card["status"] == "rejected"
    assert set(card["classes"]) == {"barn", "house"}, "whoever names the folder gets the adapters in it"
    said = (out / "report.html").read_text() + str(card["notes"])
    assert "rejected, the base answers" not in said
    assert "every adapter was rejected" in said
