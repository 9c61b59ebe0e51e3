"""Places where nothing can be written, and names that nothing can have: one line, before the work."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine import evaluate, preview, segment
from engine.models import registry
from tests.engine.cli_scene import Captured, arguments, fake, folder
from tests.fakes import FakeSegmenter

__all__ = ["fake", "folder"]
NOBODY = 65534
READ_ONLY, CLOSED, NOT_SEARCHED = 0o555, 0o000, 0o666


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may write anywhere; so give its rights away for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@pytest.fixture
def scene(folder: Path, fake: FakeSegmenter) -> Iterator[Path]:
    """The scene where anybody can read it; the modules that the verbs load late are there already."""
    place = Path(tempfile.mkdtemp())
    for file in folder.iterdir():
        shutil.copy(file, place / file.name)
        (place / file.name).chmod(0o644)
    place.chmod(0o777)
    assert segment.main([*arguments(place, "warm.gpkg"), "--quiet"]) == 0
    assert preview.main([*picture(place, place / "warm.png"), "--quiet"]) == 0
    yield place
    for path in place.iterdir():
        if path.is_dir():
            path.chmod(0o700)
    shutil.rmtree(place)


def picture(place: Path, out: Path) -> list[str]:
    return [
        *("--raster", str(place / "scene.tif"), "--polygons", str(place / "truth.gpkg")),
        *("--out", str(out)),
    ]


def barred(place: Path, mode: int) -> Path:
    inner = place / "inner"
    inner.mkdir()
    if os.geteuid() == 0:
        os.chown(inner, NOBODY, NOBODY)
    inner.chmod(mode)
    return inner


def refused(code: int, capsys: Captured) -> str:
    err = capsys.readouterr().err
    assert code == 2
    assert err.count("\n") == 1, err
    return err


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """No work is done: neither is a model loaded nor a picture painted."""

    def worked(*given: object, **named: object) -> None:
        raise AssertionError("the work began")

    monkeypatch.setattr(registry, "load", worked)
    monkeypatch.setattr(preview, "render", worked)


@pytest.mark.parametrize("mode", [READ_ONLY, CLOSED, NOT_SEARCHED])
def test_a_folder_that_takes_no_file_is_one_line_before_the_work(
    scene: Path, idle: None, mode: int, capsys: Captured
) -> None:
    inner = barred(scene, mode)
    capsys.readouterr()
    with as_nobody():
        codes = [
            preview.main(picture(scene, inner / "p.png")),
            segment.main(arguments(scene, "inner/out.gpkg")),
            evaluate.main([*arguments(scene, "inner/report.json"), "--reference", str(scene / "truth.gpkg")]),
        ]
    assert codes == [2, 2, 2]
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert all(str(inner) in line for line in lines)


def test_inputs_in_a_closed_folder_are_one_line(scene: Path, capsys: Captured) -> None:
    inner = barred(scene, CLOSED)
    capsys.readouterr()
    for changed in ({"raster": "inner/scene.tif"}, {"points": "inner/clicks.gpkg"}, {"adapter": "inner/a"}):
        with as_nobody():
            code = segment.main(arguments(scene, "out.gpkg", "--quiet", **changed))
        assert str(inner) in refused(code, capsys)


def test_a_folder_in_the_place_of_the_style_is_one_line_before_the_work(
    scene: Path, idle: None, capsys: Captured
) -> None:
    (scene / "out.qml").mkdir()
    capsys.readouterr()
    assert "out.qml: is a folder" in refused(
        segment.main([*arguments(scene, "out.gpkg"), "--overwrite"]), capsys
    )


def test_a_style_that_cannot_be_read_is_somebody_elses(scene: Path, capsys: Captured) -> None:
    style = scene / "out.qml"
    style.write_text("mine")
    style.chmod(0)
    capsys.readouterr()
    with as_nobody():
        code = segment.main(arguments(scene, "out.gpkg", "--quiet"))
    assert "out.qml exists already" in refused(code, capsys)
    style.chmod(0o400)
    assert style.read_text() == "mine"


@pytest.mark.parametrize("length", [300, 256, 252])
@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".geojson"])
def test_a_name_too_long_to_be_written_is_one_line_before_the_work(
    scene: Path, idle: None, length: int, suffix: str, capsys: Captured
) -> None:
    capsys.readouterr()
    name = "n" * (length - len(suffix)) + suffix
    assert "too long" in refused(segment.main(arguments(scene, name)), capsys)
    assert not [path for path in scene.iterdir() if path.name.startswith(("n", ".n"))]


@pytest.mark.parametrize("option", ["raster", "points", "boxes", "model", "adapter"])
def test_an_input_with_an_impossible_name_is_one_line(folder: Path, option: str, capsys: Captured) -> None:
    given = arguments(folder, "out.gpkg", "--quiet", **{option: "n" * 300})
    refused(segment.main(given), capsys)


def test_a_picture_with_an_impossible_name_is_one_line_before_the_work(
    scene: Path, idle: None, capsys: Captured
) -> None:
    capsys.readouterr()
    assert "too long" in refused(preview.main(picture(scene, scene / ("p" * 260 + ".png"))), capsys)


@pytest.mark.parametrize("option", ["raster", "points", "out"])
def test_a_name_in_no_encoding_is_one_line(folder: Path, option: str, capsys: Captured) -> None:
    name = os.fsdecode(b"l\xe4ger.tif")
    shutil.copy(folder / "scene.tif", folder / name)
    with pytest.raises(SystemExit) as left:
        segment.main(arguments(folder, **{option: name}))
    assert "is not UTF-8; rename" in refused(int(left.value.code or 0), capsys)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: not enough memory"),
        RuntimeError("std::bad_alloc"),
        ImportError("libtorch_cpu.so: failed to map segment from shared object"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
    ],
)
def test_too_little_memory_is_one_line(
    folder: Path, fake: FakeSegmenter, error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    def encode(image: object) -> None:
        raise error

    monkeypatch.setattr(fake, "encode", encode)
    assert "too little memory" in refused(segment.main([*arguments(folder), "--quiet"]), capsys)
    assert not (folder / "out.gpkg").exists()
