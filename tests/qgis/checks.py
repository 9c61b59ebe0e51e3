"""The checks of ``inside``, each as a test of its own; QGIS is started once per module of them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.qgis.conftest import CLOSED, PATIENCE, Results

INSIDE = Path(__file__).resolve().parent / "inside"


def _names(module: str) -> list[str]:
    """The names of a module's checks, in order; the module itself can be imported by QGIS alone."""
    tree = ast.parse((INSIDE / f"{module}.py").read_text(encoding="utf-8"))
    return [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("check_")
    ]


def every_check_of(*modules: str) -> pytest.MarkDecorator:
    """A test of ``module`` and ``name`` becomes one test per check, and one for how QGIS ended."""
    found = [(module, name) for module in modules for name in [*_names(module), CLOSED]]
    return pytest.mark.parametrize(("module", "name"), found)


patient = pytest.mark.timeout(600 * PATIENCE)
"""The first test of a module waits for all of its checks."""


def expect_passed(found: Results, name: str) -> None:
    """Fail with what the check said, or with what QGIS said if it ended before."""
    assert name in found, f"QGIS ended before this check:\n{found.get('launch') or found['said']}"
    if found[name] is not None:
        pytest.fail(found[name], pytrace=False)
