"""``import engine``: the public interface."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import engine
from engine import segmentation
from engine.models import registry
from tests.engine.cli_scene import fake, folder, read  # noqa: F401
from tests.fakes import FakeSegmenter

NAMES = sorted(engine.__all__)


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_is_there_from_the_start(name: str) -> None:
    code = (
        "import sys, engine\n"
        "assert not {'torch', 'rasterio', 'numpy'} & set(sys.modules)\n"
        f"assert callable(engine.{name})\n"
        f"assert '{name}' in dir(engine)\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'sharpen'"):
        engine.sharpen  # noqa: B018


def test_a_run_needs_no_more_than_names_of_files(
    folder: Path,  # noqa: F811
    fake: FakeSegmenter,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    raster, points = str(folder / "scene.tif"), str(folder / "clicks.gpkg")
    result = engine.segment(engine.Request(raster, points))
    engine.write_layer(tmp_path / "made.gpkg", result.frame, result.run)
    assert len(read(tmp_path / "made.gpkg")) == len(result.frame)
    assert sum(result.counts().values()) == len(result.frame)
    assert capsys.readouterr() == ("", "")


def test_one_model_serves_many_runs(
    folder: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("loaded another model")

    monkeypatch.setattr(registry, "load", refuse)
    model = FakeSegmenter()
    request = segmentation.Request(folder / "scene.tif", folder / "clicks.gpkg")
    first, second = (engine.segment(request, load_model=lambda: model) for _ in range(2))
    assert first.frame.equals(second.frame)
