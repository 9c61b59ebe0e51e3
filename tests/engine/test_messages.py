"""Errors with a code: the sentence is that of the code, and programs get code and values."""

from __future__ import annotations

import ast
import json
import string
from pathlib import Path

import pytest

from engine import segment
from engine.errors import RasterError
from engine.messages import TEMPLATES, coded, message

ROOT = Path(__file__).resolve().parents[2]


def used() -> dict[str, set[str]]:
    """Code and names of values of every call of ``message`` in the source."""
    found: dict[str, set[str]] = {}
    for room in ("engine", "training"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Name)
                    and node.func.id == "message"
                    and isinstance(node.args[0], ast.Constant)
                ):
                    code = str(node.args[0].value)
                    found.setdefault(code, set()).update(word.arg for word in node.keywords if word.arg)
    return found


def test_every_sentence_is_used_and_gets_its_values() -> None:
    calls = used()
    assert calls.keys() == TEMPLATES.keys()
    for code, template in TEMPLATES.items():
        places = {name for _, name, _, _ in string.Formatter().parse(template) if name}
        assert calls[code] <= places
        if code not in ("weights-damaged", "adapter-other-model"):  # They get some of them as a mapping.
            assert calls[code] == places, code


def test_an_error_knows_the_code_of_its_sentence() -> None:
    error = RasterError(message("raster-missing", path=Path("a.tif")))
    assert str(error) == "a.tif: does not exist: check the path of the raster"
    known = coded(error)
    assert known is not None
    assert (known.code, known.values) == ("raster-missing", {"path": "a.tif"})
    assert coded(RasterError("of its own words")) is None


def test_values_with_braces_stay_as_they_are() -> None:
    assert message("raster-missing", path="{odd}.tif").startswith("{odd}.tif: ")


def test_a_program_reads_code_and_values_of_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raster, out = str(tmp_path / "none.tif"), str(tmp_path / "out.gpkg")
    arguments = ["--raster", raster, "--points", str(tmp_path / "none.gpkg"), "--out", out, "--json"]
    assert segment.main(arguments) == 2
    said = capsys.readouterr()
    event = json.loads(said.out.splitlines()[-1])
    assert event["event"] == "error"
    assert (event["code"], event["values"]) == ("raster-missing", {"path": raster})
    assert said.err == f"segment: {event['error']}\n"
