"""No output takes the place of an input, whatever verb writes it and by whatever path it leads there."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from engine import adapters, encode, evaluate, preview, segment, train
from engine.errors import OutputError
from engine.inputs import check_apart, files_read
from engine.writing.output import files_written, write_layer
from engine.writing.style import score_style
from tests.engine.cli_scene import Captured
from tests.engine.test_staging import KILLED
from tests.engine.writing.test_output import RUN, three_rows
from tests.rasters import write_raster
from training.pretrain import export
from training.suggest import command as suggest

Main = Callable[[list[str]], int]
VERBS: dict[str, tuple[Main, dict[str, str], tuple[str, ...]]] = {
    "segment": (
        segment.main,
        {"raster": "scene.tif", "points": "clicks.gpkg", "boxes": "truth.gpkg", "model": "nano.pt"},
        ("--overwrite",),
    ),
    "evaluate": (
        evaluate.main,
        {"raster": "scene.tif", "points": "clicks.gpkg", "reference": "truth.gpkg", "boxes": "boxes.gpkg"},
        (),
    ),
    "preview": (
        preview.main,
        {"raster": "scene.tif", "points": "clicks.gpkg", "polygons": "truth.gpkg"},
        (),
    ),
    "suggest": (suggest.main, {"raster": "scene.tif", "points": "clicks.gpkg"}, ("--overwrite",)),
    "train": (
        train.main,
        {"raster": "scene.tif", "points": "clicks.gpkg", "reference": "truth.gpkg", "model": "nano.pt"},
        ("--overwrite",),
    ),
    "encode": (encode.main, {"raster": "scene.tif", "points": "clicks.gpkg"}, ()),
    "export": (export.main, {"checkpoint": "nano.pt", "card": "card.json", "blend": "blend.safetensors"}, ()),
}
"""Each verb that writes: its main function, the options by which it reads, and what it needs to replace."""
CASES = [(verb, option) for verb, (_, read, _) in VERBS.items() for option in read]


def itself(path: Path) -> Path:
    return path


def relative(path: Path) -> Path:
    return Path(os.path.relpath(path))


def around_a_corner(path: Path) -> Path:
    (path.parent / "corner").mkdir()
    return path.parent / "corner" / ".." / path.name


def symbolic_link(path: Path) -> Path:
    link = path.with_name("link" + path.suffix)
    link.symlink_to(path.name)
    return link


def through_a_linked_folder(path: Path) -> Path:
    link = path.parent / "linked"
    link.symlink_to(path.parent, target_is_directory=True)
    return link / path.name


def hard_link(path: Path) -> Path:
    link = path.with_name("hard" + path.suffix)
    link.hardlink_to(path)
    return link


def other_capitals(path: Path) -> Path:
    """On a disk that does not tell capitals apart both names have one number, as here."""
    name = path.with_name(path.name.swapcase())
    name.hardlink_to(path)
    return name


WAYS = (
    itself,
    relative,
    around_a_corner,
    symbolic_link,
    through_a_linked_folder,
    hard_link,
    other_capitals,
)


def command(folder: Path, verb: str, out: Path) -> list[str]:
    _, read, more = VERBS[verb]
    words = [word for option, name in read.items() for word in (f"--{option}", str(folder / name))]
    return [*words, "--cache" if verb == "encode" else "--out", str(out), *more]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Every file that some verb reads; what is in them is not looked at before the outputs are."""
    for name in {name for _, read, _ in VERBS.values() for name in read.values()}:
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("verb", "option"), CASES)
def test_an_output_that_is_an_input_is_refused_in_one_line_and_the_input_stays(
    folder: Path, verb: str, option: str, way: Callable[[Path], Path], capsys: Captured
) -> None:
    main, read, _ = VERBS[verb]
    file = folder / read[option]
    before = file.read_bytes()
    assert main(command(folder, verb, way(file))) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert f"--{option} {file}" in err
    assert file.read_bytes() == before


def test_a_merged_adapter_does_not_replace_its_base_or_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base, adapter = tmp_path / "base.safetensors", tmp_path / "adapter"
    adapter.mkdir()
    for file in (base, adapter / "adapter_model.safetensors"):
        file.write_text("weights")
        words = ["merge", str(adapter), "--model", str(base), "--out", str(file), "--overwrite"]
        assert adapters.main(words) == 2
        assert "is read by this run" in capsys.readouterr().err
        assert file.read_text() == "weights"


def test_a_folder_that_a_run_makes_its_own_may_hold_nothing_it_reads(folder: Path, capsys: Captured) -> None:
    assert train.main(command(folder, "train", folder)) == 2
    assert "this run reads from it (--raster" in capsys.readouterr().err


def test_the_files_behind_a_mosaic_are_inputs_too(tmp_path: Path) -> None:
    Image.new("L", (8, 8)).save(tmp_path / "tile.png")
    (tmp_path / "mosaic.vrt").write_text(
        '<VRTDataset rasterXSize="8" rasterYSize="8"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
        '<SourceFilename relativeToVRT="1">tile.png</SourceFilename><SourceBand>1</SourceBand>'
        "</SimpleSource></VRTRasterBand></VRTDataset>"
    )
    options = Namespace(raster=str(tmp_path / "mosaic.vrt"))
    with pytest.raises(OutputError, match=r"--raster .*mosaic.vrt with tile.png"):
        check_apart([tmp_path / "tile.png"], options)


@pytest.mark.parametrize("name", ["/vsizip/{}/scene.tif", "/vsizip/{{{}}}/scene.tif", "zip+file:{}"])
def test_an_archive_is_an_input_of_what_lies_in_it(tmp_path: Path, name: str) -> None:
    archive = tmp_path / "scenes.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.write(write_raster(tmp_path / "scene.tif"), "scene.tif")
    assert archive in files_read("raster", name.format(archive))


def test_a_named_part_of_a_file_makes_the_file_an_input(tmp_path: Path) -> None:
    path = tmp_path / "raster.gpkg"
    path.touch()
    with pytest.raises(OutputError, match="is read by this run"):
        check_apart([path], Namespace(raster=f"GPKG:{path}:raster"))


@pytest.mark.parametrize("part", [".dbf", ".prj", ".qml"])
def test_what_belongs_to_an_input_is_not_replaced_either(tmp_path: Path, part: str) -> None:
    for suffix in (".shp", part):
        (tmp_path / f"clicks{suffix}").write_text("the user's")
    with pytest.raises(OutputError, match=f"--points .*clicks.shp with clicks{part}"):
        check_apart([tmp_path / f"clicks{part}"], Namespace(points=tmp_path / "clicks.shp"))


def test_a_layer_beside_an_input_of_its_name_may_share_our_style_but_not_the_users(tmp_path: Path) -> None:
    out, read = tmp_path / "roofs.gpkg", Namespace(boxes=tmp_path / "roofs.fgb")
    write_layer(tmp_path / "roofs.fgb", three_rows(), RUN)
    assert (tmp_path / "roofs.qml").read_text() == score_style()
    check_apart(files_written(out), read)
    (tmp_path / "roofs.qml").write_text("the user's")
    with pytest.raises(OutputError, match=r"roofs\.qml: is read by this run"):
        check_apart(files_written(out), read)


def test_nothing_is_written_into_a_database_that_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "clicks.gdb").mkdir()
    with pytest.raises(OutputError, match=r"clicks\.gdb"):
        check_apart([tmp_path / "clicks.gdb" / "out.gpkg"], Namespace(points=tmp_path / "clicks.gdb"))


def test_a_result_may_lie_beside_its_inputs_in_its_adapter_and_in_a_folder_named_as_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("nano", "adapter"):
        (tmp_path / name).mkdir()
    write_raster(tmp_path / "scene.tif")
    options = Namespace(raster="scene.tif", model="nano", adapter="adapter", points=None)
    check_apart([Path("scene.gpkg"), Path("nano/out.gpkg"), Path("adapter/out.gpkg")], options)


@pytest.mark.parametrize("where", ["out", "points"])
def test_the_next_verb_in_a_folder_finishes_what_a_killed_run_left(tmp_path: Path, where: str) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), "2", "parts"], check=False)
    outputs = [tmp_path / "other.gpkg"] if where == "out" else []
    check_apart(outputs, Namespace(points=tmp_path / "a.shp" if where == "points" else None))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.dbf", "a.run.json", "a.shp"]
