"""``python -m engine.segment`` on bad input and under Ctrl-C: one line, and nothing half written."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest

from engine.models import registry
from engine.publishing import INTERRUPTED
from engine.segment import main
from engine.writing.shards import folder_of
from tests.engine.cli_scene import SHAPE, Captured, arguments, fake, folder, lines
from tests.fakes import FakeSegmenter, painted
from tests.rasters import UTM, write_raster

__all__ = ["fake", "folder"]

ROOT = Path(__file__).resolve().parents[2]


def corrupt(folder: Path) -> list[str]:
    (folder / "bad.tif").write_bytes((folder / "scene.tif").read_bytes()[:100])
    return arguments(folder, raster="bad.tif")


def truncated(folder: Path) -> list[str]:
    """A raster that opens, but whose later rows are gone."""
    data = (folder / "scene.tif").read_bytes()
    (folder / "short.tif").write_bytes(data[: len(data) * 2 // 3])
    return arguments(folder, raster="short.tif")


def no_crs(folder: Path) -> list[str]:
    write_raster(folder / "nowhere.tif", painted(SHAPE, []), crs=None)
    return arguments(folder, raster="nowhere.tif")


def empty_layer(folder: Path) -> list[str]:
    gpd.GeoDataFrame({"a": []}, geometry=[], crs=UTM).to_file(folder / "empty.gpkg")
    return arguments(folder, points="empty.gpkg")


def text_as(name: str, **changed: str) -> Callable[[Path], list[str]]:
    def make(folder: Path) -> list[str]:
        (folder / name).write_text("no such thing")
        return arguments(folder, **changed)

    return make


BAD: dict[str, tuple[Callable[[Path], list[str]], str]] = {
    "missing raster": (lambda f: arguments(f, raster="gone.tif"), "gone.tif"),
    "corrupt raster": (corrupt, "bad.tif"),
    "truncated raster": (truncated, "short.tif"),
    "raster without CRS": (no_crs, "--assume-crs"),
    "text as raster": (text_as("note.tif", raster="note.tif"), "note.tif"),
    "folder as raster": (lambda f: arguments(f, raster="."), "folder"),
    "missing points": (lambda f: arguments(f, points="gone.gpkg"), "gone.gpkg"),
    "text as points": (text_as("bad.gpkg", points="bad.gpkg"), "bad.gpkg"),
    "empty layer": (empty_layer, "no features"),
    "polygons as points": (lambda f: arguments(f, points="truth.gpkg"), "truth.gpkg"),
    "missing boxes": (lambda f: arguments(f, boxes="gone.gpkg"), "gone.gpkg"),
    "neither points nor boxes": (lambda f: arguments(f, points=None), "--points"),
    "unknown layer": (lambda f: [*arguments(f), "--points-layer", "x"], "clicks"),
    "unknown field": (lambda f: [*arguments(f), "--object-field", "house"], "house"),
    "bad band": (lambda f: [*arguments(f), "--bands", "1", "2", "9"], "9"),
    "two bands": (lambda f: [*arguments(f), "--bands", "1", "2"], "bands"),
    "bad points CRS": (lambda f: [*arguments(f), "--points-crs", "EPSG:nix"], "EPSG:nix"),
    "bad raster CRS": (lambda f: [*arguments(f), "--assume-crs", "EPSG:nix"], "EPSG:nix"),
    "another raster CRS": (lambda f: [*arguments(f), "--assume-crs", "EPSG:4326"], "--assume-crs"),
    "negative area": (lambda f: [*arguments(f), "--min-area", "-1"], "min_area"),
    "unknown shape": (lambda f: [*arguments(f), "--shape", "star"], "right-angled or rotated-box, not star"),
    "unknown extension": (lambda f: arguments(f, "out.xyz"), ".xyz"),
    "output is a folder": (lambda f: arguments(f, "."), "extension"),
    "no such folder": (lambda f: arguments(f, "none/out.gpkg"), "none"),
    "unwritable folder": (lambda f: arguments(f, "/proc/out.gpkg"), "/proc"),
}


def check_refusal(command: list[str], said: str, folder: Path, captured: Captured, code: int = 2) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert main(command) == code
    out, err = captured.readouterr()
    assert out == ""
    visible = err.rpartition("\r")[2]
    assert err.count("\n") == 1
    assert visible.startswith("segment: ")
    assert said in visible
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line_and_leaves_nothing(
    name: str, folder: Path, fake: FakeSegmenter, capsys: Captured
) -> None:
    make, said = BAD[name]
    check_refusal(make(folder), said, folder, capsys)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--model", "sam_vit_x"], "did you mean sam_vit_"),
        (["--model", "gone.pth"], "gone.pth"),
        (["--device", "tpu"], "tpu"),
        (["--adapter", "gone_folder"], "gone_folder"),
        (["--threads", "0"], "--threads must be at least 1"),
    ],
    ids=["unknown model", "missing weights file", "unknown device", "missing adapter", "no threads"],
)
def test_a_model_that_cannot_be_had_is_one_line(
    options: list[str], said: str, folder: Path, capsys: Captured
) -> None:
    check_refusal([*arguments(folder), *options], said, folder, capsys)


def test_an_existing_layer_is_not_touched_without_permission(
    folder: Path, fake: FakeSegmenter, capsys: Captured
) -> None:
    (folder / "out.gpkg").write_bytes(b"precious")
    check_refusal(arguments(folder), "exists already", folder, capsys)
    assert not fake.encoded, "refused before any work"


def test_files_are_checked_before_the_model_is_loaded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    monkeypatch.setattr(registry, "load", lambda *given: loaded.append(given[0]))
    assert main([*arguments(folder, points="gone.gpkg"), "--quiet"]) == 2
    assert not loaded


def test_a_program_reads_of_an_error_as_well(folder: Path, fake: FakeSegmenter, capsys: Captured) -> None:
    assert main([*arguments(folder, raster="gone.tif"), "--json"]) == 2
    out, err = capsys.readouterr()
    (event,) = lines(out)
    assert event["event"] == "error"
    assert "gone.tif" in event["error"]
    assert err == f"segment: {event['error']}\n"


@pytest.mark.parametrize("quiet", [True, False])
def test_ctrl_c_leaves_nothing_half_written(
    folder: Path, fake: FakeSegmenter, capsys: Captured, quiet: bool
) -> None:
    (folder / "out.gpkg").write_bytes(b"precious")
    fake.on_encode = lambda: signal.raise_signal(signal.SIGINT)
    command = [*arguments(folder), "--overwrite", *(["--quiet"] if quiet else [])]
    check_refusal(command, "interrupted", folder, capsys, code=130)


def test_ctrl_c_while_writing_keeps_the_old_layer(
    folder: Path, fake: FakeSegmenter, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "out.gpkg").write_bytes(b"precious")
    monkeypatch.setattr("engine.writing.output._verify", lambda *given: signal.raise_signal(signal.SIGINT))
    command = [*arguments(folder), "--overwrite"]
    assert main(command) == 130
    assert capsys.readouterr().err.endswith(f"segment: {INTERRUPTED}\n")
    assert (folder / "out.gpkg").read_bytes() == b"precious"
    assert {path.name for path in folder.glob(".*")} == {folder_of(folder / "out.gpkg").name}


def test_the_process_itself_ends_with_the_code_and_without_a_traceback(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "engine.segment", *arguments(folder, raster="gone.tif")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("segment: ")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


INTERRUPTIBLE = """
import sys, time
from engine import segment
from engine.models import registry
from tests.fakes import FakeSegmenter

model = FakeSegmenter()
model.on_encode = lambda: (print("encoding", flush=True), time.sleep(60))
registry.load = lambda *given: model
sys.exit(segment.main(sys.argv[1:]))
"""


def test_an_interrupted_process_ends_with_130_and_leaves_nothing(folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, *arguments(folder), "--quiet"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "encoding\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130
    assert err == f"segment: {INTERRUPTED}\n"
    assert sorted(folder.rglob("*")) == before
