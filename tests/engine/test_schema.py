"""The schema states what the engine does, and what its commands take."""

from __future__ import annotations

import ast
import math
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyogrio
import pytest
import shapely

from engine import encode, evaluate, everything, schema, segment
from engine.config import PolygonConfig, SegmentConfig
from engine.errors import ConfigError
from engine.models.device import resolve_device
from engine.models.registry import MODELS
from engine.schema import COLUMNS, COMMANDS, Argument, command
from engine.serving.embeddings import EmbeddingStore
from engine.writing.output import segments_frame, write_layer
from training.adapt.command import parser as train_parser
from training.adapt.options import PRESETS
from training.find import command as find
from training.suggest import command as suggest

FILE = Path(schema.__file__)
PARSERS: dict[str, Callable[[], ArgumentParser]] = {
    "segment": segment._parser,
    "evaluate": evaluate._parser,
    "encode": encode._parser,
    "train": train_parser,
    "suggest": suggest._parser,
    "find": find._parser,
    "everything": everything._parser,
}
KINDS = {"integer": "int64", "real": "float64", "text": "object"}


def example(argument: Argument) -> Any:
    """A value that the argument may have, other than its default."""
    named = {"preset": "paper", "shape": "rotated-box", "precision": "bf16"}
    if argument.name in named:
        return named[argument.name]
    return {
        "text": "a word",
        "path": Path("a folder", "file"),
        "number": 3,
        "switch": True,
        "words": ["1", "red"],
        "list": ["a.tif", "b.tif"],
    }[argument.kind]


def needed(verb: str) -> dict[str, Any]:
    return {a.name: example(a) for a in COMMANDS[verb].arguments if a.required}


ARGUMENTS = [
    pytest.param(verb, argument, id=f"{verb} {argument.flag}")
    for verb in COMMANDS
    for argument in COMMANDS[verb].arguments
]


@pytest.mark.parametrize(("verb", "argument"), ARGUMENTS)
def test_a_command_gives_the_engine_the_value_that_was_meant(verb: str, argument: Argument) -> None:
    wanted = example(argument)
    module, *words = command(verb, **{**needed(verb), argument.name: wanted})
    assert module == f"engine.{verb}"
    assert getattr(PARSERS[verb]().parse_args(words), argument.name) == wanted


@pytest.mark.parametrize(("verb", "argument"), ARGUMENTS)
def test_an_argument_has_the_default_that_the_schema_states(verb: str, argument: Argument) -> None:
    _, *words = command(verb, **needed(verb))
    default = False if argument.kind == "switch" else argument.default
    if not argument.required:
        assert getattr(PARSERS[verb]().parse_args(words), argument.name) == default


@pytest.mark.parametrize("verb", COMMANDS)
def test_what_is_not_chosen_is_left_out_of_a_command(verb: str) -> None:
    nothing: dict[str, Any] = {
        a.name: False if a.kind == "switch" else None for a in COMMANDS[verb].arguments if not a.required
    }
    assert command(verb, **needed(verb), **nothing) == command(verb, **needed(verb))


@pytest.mark.parametrize(
    ("values", "said"),
    [({"raster": "a.tif"}, "missing out"), ({"raster": "a.tif", "out": "b", "sharp": 1}, "unknown sharp")],
)
def test_a_command_that_the_engine_would_refuse_is_not_made(values: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        command("segment", **values)


def test_the_settings_have_the_defaults_of_the_schema() -> None:
    config = SegmentConfig()
    assert (config.model, config.device) == (schema.MODEL, schema.DEVICE)
    assert config.polygons.simplify_px == schema.SIMPLIFY_PX
    assert config.polygons.snap_px == schema.SNAP_PX
    assert config.polygons.shape == schema.SHAPE
    assert config.polygons.min_area_m2 == schema.MIN_AREA_M2
    assert EmbeddingStore(Path("none"))._limit == schema.LIMIT_GB * 2**30


@pytest.mark.parametrize("argument", schema.LOOKS, ids=lambda argument: argument.flag)
def test_an_argument_decides_the_setting_that_the_schema_names(argument: Argument) -> None:
    from engine.options import config_from

    part, field = argument.setting.split(".")
    settings = []
    for given in ({}, {argument.name: example(argument)}):
        _, *words = command("segment", **needed("segment"), **given)
        settings.append(config_from(segment._parser().parse_args(words)))
    usual, changed = (getattr(getattr(config, part), field) for config in settings)
    assert usual == getattr(getattr(SegmentConfig(), part), field)
    assert changed == (not usual if argument.kind == "switch" else example(argument))


@pytest.mark.parametrize("name", ["simplify_px", "snap_px", "min_area_m2"])
@pytest.mark.parametrize("value", [math.inf, math.nan])
def test_a_setting_without_bounds_is_refused(name: str, value: float) -> None:
    with pytest.raises(ConfigError, match=f"{name} must be a number"):
        PolygonConfig(**{name: value})


def test_the_written_layer_has_the_columns_of_the_schema(tmp_path: Path) -> None:
    row = {column.name: {"integer": 1, "real": 0.5, "text": "a"}[column.kind] for column in COLUMNS}
    frame = segments_frame([{**row, "geometry": shapely.box(0, 0, 1, 1), "attributes": {}}], "EPSG:32632")
    write_layer(tmp_path / "out.gpkg", frame, {})
    info = pyogrio.read_info(tmp_path / "out.gpkg", layer=schema.SEGMENTS)
    found = dict(zip(info["fields"], info["dtypes"], strict=True))
    assert list(found.items()) == [(column.name, KINDS[column.kind]) for column in COLUMNS]


def test_every_model_by_name_is_in_the_schema() -> None:
    assert list(schema.MODELS) == list(MODELS)


def test_presets_and_devices_are_those_that_the_engine_takes() -> None:
    assert set(schema.PRESETS) == set(PRESETS)
    assert schema.PRESET in PRESETS
    assert resolve_device(schema.DEVICE).type in schema.DEVICES


@pytest.mark.parametrize("name", ["schema", "files", "protocol", "staging"])
def test_a_module_that_the_plugin_loads_by_its_path_needs_no_engine(name: str, tmp_path: Path) -> None:
    path = FILE.with_name(f"{name}.py")
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))
    code = (
        "import importlib.util, sys\n"
        "spec = importlib.util.spec_from_file_location('alone', sys.argv[1])\n"
        "module = sys.modules['alone'] = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(module)\n"
        "assert 'engine' not in sys.modules"
    )
    subprocess.run([sys.executable, "-I", "-c", code, str(path)], cwd=tmp_path, check=True, timeout=60)
