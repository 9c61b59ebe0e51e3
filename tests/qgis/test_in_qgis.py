"""Every check that runs inside the real QGIS, as a test of its own."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.qgis.conftest import PATIENCE, RealQgis, Results

INSIDE = Path(__file__).resolve().parent / "inside"
WINDOW = (
    "canvas",
    "keys",
    "entered",
    "tiles",
    "outputs",
    "rules",
    "reviewing",
    "messages",
    "remote",
    "failures",
    "kept",
    "daily",
    "editing",
    "setting_up",
    "choices",
    "hammered",
    "session",
)
HEADLESS = ("algorithms", "finding", "continued", "adapter_files")


def checks(module: str) -> list[str]:
    """The names of a module's checks, in order; the module itself can be imported by QGIS alone."""
    tree = ast.parse((INSIDE / f"{module}.py").read_text(encoding="utf-8"))
    return [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("check_")
    ]


@pytest.fixture(scope="session")
def results(real_qgis: Callable[[], RealQgis]) -> Callable[[str], Results]:
    """What each module's checks found; QGIS is started once per module."""

    @cache
    def run(module: str) -> Results:
        profile = real_qgis()
        return profile.window(module) if module in WINDOW else profile.headless(module)

    return run


@pytest.mark.timeout(600 * PATIENCE)
@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module in (*WINDOW, *HEADLESS) for name in checks(module)]
)
def test_in_qgis(results: Callable[[str], Results], module: str, name: str) -> None:
    found = results(module)
    assert name in found, f"QGIS ended before this check:\n{found.get('launch') or found['said']}"
    if found[name] is not None:
        pytest.fail(found[name], pytrace=False)
