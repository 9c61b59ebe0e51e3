"""Every text has a translation in every language, with the same places for values, and QGIS loads it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PyQt6.QtCore import QCoreApplication, QTranslator

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tools"))

import translations  # noqa: E402 - the tools are no package

PLACES = re.compile(r"\{[^}]*\}")


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_every_text_is_translated_with_its_places(language: str) -> None:
    known = translations.read(translations.FOLDER / f"resam_{language}.ts")
    wanted = translations.texts()
    assert set(known) == set(wanted), "run `make translations`, then fill in what is unfinished"
    for text in wanted:
        assert sorted(PLACES.findall(known[text])) == sorted(PLACES.findall(text)), text
        assert known[text].strip()


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_what_is_shipped_is_what_was_translated(language: str) -> None:
    known = translations.read(translations.FOLDER / f"resam_{language}.ts")
    translator = QTranslator()
    assert translator.load(str(translations.FOLDER / f"resam_{language}.qm"))
    application = QCoreApplication.instance() or QCoreApplication([])
    application.installTranslator(translator)
    try:
        for text, translation in known.items():
            assert QCoreApplication.translate(translations.CONTEXT, text) == translation
    finally:
        application.removeTranslator(translator)


def test_the_texts_of_the_source_are_all_found() -> None:
    command = ["grep", "-rhoE", r"\btr\(", str(translations.PLUGIN), "--include=*.py"]
    calls = subprocess.run(command, capture_output=True, text=True, check=True).stdout.count("tr(")
    assert len(translations.texts()) > 0.7 * calls


def test_every_step_of_the_builder_is_said_in_the_users_language() -> None:
    """The builder uses the standard library alone, so its steps are translated by their English names."""
    builder = (ROOT / "resam_qgis" / "environment.py").read_text(encoding="utf-8")
    sayings = (ROOT / "resam_qgis" / "sayings.py").read_text(encoding="utf-8")
    for text in ("creating the environment", "installing the installer", "reading the index", "testing it"):
        assert f'"{text}"' in builder
        assert f'"{text}": tr("{text}")' in sayings


def test_every_reason_that_is_translated_is_one_that_the_engine_gives() -> None:
    """Reasons have no names: what is translated must be in the engine's source, word for word."""
    tree = ast.parse((ROOT / "resam_qgis" / "sayings.py").read_text(encoding="utf-8"))
    table = next(
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "_reasons"
    )
    patterns = [
        key.value
        for found in ast.walk(table)
        if isinstance(found, ast.Dict)
        for key in found.keys
        if isinstance(key, ast.Constant)
    ]
    files = [path for room in ("engine", "training") for path in (ROOT / room).rglob("*.py")]
    source = "\n".join(path.read_text(encoding="utf-8") for path in files)
    assert len(patterns) > 10
    for pattern in patterns:
        words = re.split(r"\(\\S\+\)|\(\\d\+\)|\\\(\.\*\\\)|\.\*", pattern)
        for part in (part.replace("\\", "").strip() for part in words):
            assert part in source, f"{part!r} of {pattern!r}"
